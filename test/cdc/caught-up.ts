import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mariadb';
import { endsOf, lagOf } from '../../src/cli/demo/input-window.ts';
import type { Config } from '../../src/config/load-config.ts';
import type { Database } from '../../src/database/connection.ts';
import { driverOptions } from '../../src/database/connection.ts';
import { hasMaxwellPassed } from '../../src/database/replica/maxwell-position.ts';
import { readSourceServer } from '../../src/database/replica/source-server.ts';
import { listTableStates } from '../../src/database/replica/table-states.ts';
import type { Brokers } from '../../src/kafka/brokers.ts';
import { listTopics } from '../../src/kafka/topics.ts';
import { cdc } from '../../src/pipelines/cdc/cdc.ts';

/**
 * Waits until everything that the source has committed so far is in the replica: Maxwell has passed the end of the
 * binlog, the group has committed the ends of all topics, and no table is being read.
 *
 * @throws Error with what is still missing after `withinMs` without any progress
 */
export async function untilCaughtUp(
  config: Config,
  brokers: Brokers,
  database: Database,
  withinMs = 180_000,
): Promise<void> {
  const connection = await createConnection({ ...driverOptions(config.source), database: '' });
  const { position } = await readSourceServer(connection);
  await connection.end();
  let told = '';
  for (let since = Date.now(); ; await delay(250)) {
    const missing = await whatIsMissing(config, brokers, database, position ?? '');
    if (missing === null) return;
    if (missing !== told) since = Date.now();
    told = missing;
    if (Date.now() - since > withinMs) throw new Error(`not caught up: ${missing}`);
  }
}

async function whatIsMissing(
  config: Config,
  brokers: Brokers,
  database: Database,
  position: string,
): Promise<string | null> {
  if (!(await hasMaxwellPassed(config.source, position))) return `Maxwell has not passed ${position}`;
  const topics = [...(await listTopics(brokers)).keys()].filter((name) => cdc.topicPattern?.test(name));
  const lag = await lagOf(brokers, cdc, await endsOf(brokers, topics));
  if (lag > 0) return `${lag} records`;
  const open = (await listTableStates(database)).filter(
    ({ state }) => state === 'loading' || state === 'paused',
  );
  return open.length === 0
    ? null
    : open
        .map(({ table, state, reason, loadedRows }) => `${table} is ${state} (${reason ?? loadedRows})`)
        .join(', ');
}
