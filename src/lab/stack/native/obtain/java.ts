import { join } from 'node:path';
import { AlirError } from '../../../../errors/alir-error.ts';
import { runTool, outputOf } from '../run-tool.ts';
import type { Tell } from './cache.ts';
import { installPackages } from './debian.ts';

const neededJava = 17;

/** The java program: of JAVA_HOME, else the one on PATH. */
export function javaProgram(): string {
  const home = process.env['JAVA_HOME'];
  return home ? join(home, 'bin', 'java') : 'java';
}

/** Sees to a Java that can run Kafka. */
export async function needJava(tell: Tell): Promise<void> {
  let version = await javaVersion();
  if (version === null) {
    await installPackages([['default-jre-headless']], 'Kafka and Maxwell need Java', tell);
    version = await javaVersion();
  }
  if (version === null || version < neededJava) {
    throw new AlirError(
      'TOOL_MISSING',
      `Kafka needs Java ${neededJava} or newer; found: ${version ?? 'none'}.`,
    );
  }
}

async function javaVersion(): Promise<number | null> {
  const printed = await outputOf(javaProgram(), ['-version']);
  const major = printed?.match(/version "(\d+)/)?.[1];
  return major === undefined ? null : Number(major);
}

/** Calls one after the other: Maven's local repository is not made for several writers. */
let queue: Promise<unknown> = Promise.resolve();

/** Runs Maven on one of the poms in `deploy/`. The user's settings.xml, MAVEN_OPTS and proxies apply. */
export function maven(pom: string, args: readonly string[], doing: string, tell: Tell): Promise<void> {
  const turn = queue.then(async () => {
    await needMaven(tell);
    // --strict-checksums: Maven only warns about a damaged file otherwise.
    await runTool('mvn', ['-q', '-B', '--strict-checksums', '-f', pom, ...args], doing);
  });
  queue = turn.catch(() => undefined);
  return turn;
}

async function needMaven(tell: Tell): Promise<void> {
  await needJava(tell);
  if ((await outputOf('mvn', ['-v'])) === null) {
    await installPackages([['maven']], 'Fetching Kafka, MySQL and Maxwell needs Maven', tell);
  }
}

/** Copies the jars of a pom into a folder. */
export async function copyJars(pom: string, folder: string, doing: string, tell: Tell): Promise<void> {
  await maven(
    pom,
    ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'],
    doing,
    tell,
  );
}
