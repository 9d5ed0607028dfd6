import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import { countRefetches } from '../../metadata/refetches.ts';
import { hasMaxwellPassed } from '../../replica/maxwell-position.ts';
import { askBinlogEnd } from '../../replica/source-server.ts';
import { listTableStates } from '../../metadata/table-states.ts';
import { listTables } from '../../mysql/schema/read-schema.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import type { Brokers } from '../../kafka/brokers.ts';
import { selectTopics } from '../../kafka/group/session-topics.ts';
import { cdc, topicOf } from '../../pipelines/cdc/cdc.ts';
import { endsOf, lagOf } from './input-window.ts';

const patienceMs = 120_000;
const lookEveryMs = 250;

/**
 * Waits until Kafka has everything that the source has committed so far: Maxwell has passed the end of the binlog.
 *
 * @throws AlirError CHECK_FAILED when it has not after `withinMs`, MYSQL_*
 */
export async function untilMaxwellHasPassed({ source }: Config, withinMs = patienceMs): Promise<void> {
  const position = await askBinlogEnd(source);
  if (position === null) return;
  await untilNothingIsMissing(withinMs, async () =>
    (await hasMaxwellPassed(source, position)) ? null : `Maxwell has not passed ${position} of the binlog`,
  );
}

/**
 * Waits until the replica has everything that Kafka holds, and what is read from the source: every table of the source
 * has been seen, the group has committed the ends of all topics, and no table is being read or paused. Tables that
 * cannot have a replica are left out.
 *
 * @throws AlirError CHECK_FAILED when nothing moves for `withinMs`, KAFKA_*, MYSQL_*
 */
export async function untilReplicaHasAll(
  config: Config,
  brokers: Brokers,
  database: Database,
  withinMs = patienceMs,
): Promise<void> {
  await untilNothingIsMissing(withinMs, () => whatIsMissing(config, brokers, database));
}

async function untilNothingIsMissing(withinMs: number, look: () => Promise<string | null>): Promise<void> {
  let told = '';
  for (let since = Date.now(); ; await delay(lookEveryMs)) {
    const missing = await look();
    if (missing === null) return;
    if (missing !== told) since = Date.now();
    told = missing;
    if (Date.now() - since > withinMs)
      throw new AlirError('CHECK_FAILED', `The replica has not caught up: ${missing}.`);
  }
}

async function whatIsMissing(
  { source }: Config,
  brokers: Brokers,
  database: Database,
): Promise<string | null> {
  const states = await listTableStates(database);
  const tables = await withConnection(source, (connection) => listTables(connection, source.database));
  const isKnown = (name: string): boolean =>
    states.some((state) => state.database === source.database && state.table === name);
  const unknown = tables.filter((name) => !isKnown(name));
  if (unknown.length > 0) return `Alir has not checked ${unknown.join(', ')} yet`;

  const refused = new Set(
    states.filter(({ state }) => state === 'refused').map((state) => topicOf(state.database, state.table)),
  );
  const topics = [...(await selectTopics(brokers, cdc)).keys()].filter((name) => !refused.has(name));
  const lag = await lagOf(brokers, cdc, await endsOf(brokers, topics));
  if (lag > 0) return plural(lag, 'record waits', 'records wait');

  const asked = (await countRefetches(database)).filter(({ problem }) => problem === null);
  if (asked.length > 0) return `single rows of ${asked.map(({ table }) => table).join(', ')} are being read`;

  // Asked last: what the records led to is known by now.
  const open = (await listTableStates(database)).filter(
    ({ state }) => state === 'loading' || state === 'paused',
  );
  const told = open.map(
    ({ table, state, reason, loadedRows }) => `${table} is ${state} (${reason ?? plural(loadedRows, 'row')})`,
  );
  return told.length === 0 ? null : told.join(', ');
}
