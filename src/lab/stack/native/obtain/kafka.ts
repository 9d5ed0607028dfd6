import { join } from 'node:path';
import { fingerprint, obtainOnce, type Tell } from './cache.ts';
import { deployFile } from './deploy.ts';
import { copyJars, needJava } from './java.ts';

/** Class path of Kafka 4.3, fetched by Maven on first use. */
export async function obtainKafka(tell: Tell): Promise<string> {
  await needJava(tell);
  const pom = deployFile('kafka', 'pom.xml');
  const folder = await obtainOnce(`kafka-4.3.1-${fingerprint(pom)}`, tell, async (part) => {
    tell('fetching Kafka 4.3.1 (54 MB, up to a few minutes)');
    await copyJars(pom, part, 'Fetching Kafka', tell);
  });
  return join(folder, '*');
}
