import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import { readTopic } from '../support/read-topic.ts';
import type { CdcPlace } from '../support/cdc-place.ts';

/**
 * Keeps what tells why tables differ, since their servers end with the run: what Maxwell told of definitions, and the
 * tables' states.
 *
 * @returns the file's path
 */
export async function keepEvidence(place: CdcPlace, name: string): Promise<string> {
  const folder = join(projectRoot, 'test', '.output');
  const file = join(folder, `${name}.json`);
  const events = await readTopic(place.brokers, 'producer.ddl');
  const states = await place.database.etlReplicaTable.findMany();
  const evidence = {
    states: states.map((state) => ({ ...state, ...numbersOf(state) })),
    definitions: events.map(({ value }) => JSON.parse(value?.toString() ?? 'null') as unknown),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(evidence, null, 1));
  return file;
}

/** JSON has no BigInt. */
function numbersOf(row: Readonly<Record<string, unknown>>): Record<string, number> {
  const large = Object.entries(row).filter(([, value]) => typeof value === 'bigint');
  return Object.fromEntries(large.map(([name, value]) => [name, Number(value)]));
}
