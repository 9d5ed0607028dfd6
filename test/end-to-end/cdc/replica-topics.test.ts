import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { migrate } from '../../../src/mysql/migrations/migrate.ts';
import { openDatabase } from '../../../src/mysql/connection.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { createKafkaJs } from '../../../src/kafka/kafkajs-client.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { cdc, topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import { loadedOf } from '../../../src/pipelines/counts.ts';
import { Random } from '../../../src/lab/simulator/random.ts';
import { connectTemporal } from '../../../temporal/client/connection.ts';
import { differences } from '../../cdc/compare.ts';
import { runRange, wholeTopic } from '../../cdc/run-range.ts';
import { startAlir, type AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

let place: CdcPlace;
let alir: AlirChild;
let client: Client;

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
  client = await connectTemporal(place.config);
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await client?.connection.close();
  await alir?.end();
  await place?.close();
});

const collations = { int: 'INT', collated: 'VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci' };
type Kind = keyof typeof collations;

/** Random changes of few keys, so that each of them comes and goes many times. */
function changes(table: string, kind: Kind, random: Random, count: number): string[] {
  const key = (): string => {
    const number = random.whole(10);
    return kind === 'int' ? String(number) : `'${random.pick(['k', 'K'])}${number}${random.pick(['', ' '])}'`;
  };
  return Array.from({ length: count }, (_, index) =>
    random.pick([
      `REPLACE INTO ${table} VALUES (${key()}, ${index})`,
      `INSERT IGNORE INTO ${table} VALUES (${key()}, ${index})`,
      `UPDATE ${table} SET n = ${index} WHERE id = ${key()}`,
      `UPDATE IGNORE ${table} SET id = ${key()}, n = ${index} WHERE id = ${key()}`,
      `DELETE FROM ${table} WHERE id = ${key()}`,
    ]),
  );
}

/** Makes a table and changes it at random, some of it in transactions. */
async function changedTable(table: string, kind: Kind, random: Random): Promise<void> {
  await place.inSource(`CREATE TABLE ${table} (id ${collations[kind]} PRIMARY KEY, n INT NOT NULL)`);
  await place.caughtUp(60_000); // read while it is empty: every row comes by an event
  const list = changes(table, kind, random, 300);
  await place.inSource(
    ...list.slice(0, 100),
    'BEGIN',
    ...list.slice(100, 200),
    'COMMIT',
    ...list.slice(200),
    `REPLACE INTO ${table} VALUES (${kind === 'int' ? 1 : "'k1'"}, 1000)`,
  );
  await place.caughtUp(60_000);
  expect(await place.differences(`${table}:`)).toEqual([]);
}

/** Everything that the replica holds of a table, positions too. */
async function contentOf(table: string): Promise<string> {
  return JSON.stringify(
    await place.inReplica(`SELECT HEX(id) AS k, x.* FROM ${table} x ORDER BY HEX(id)`),
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
}

test.each(['int', 'collated'] as const)(
  'any range of the past, read again while Alir runs, changes nothing: %s key',
  async (kind) => {
    const table = `again_${kind}`;
    const random = new Random(61);
    await changedTable(table, kind, random);
    const before = await contentOf(table);
    const whole = await wholeTopic(place.brokers, topicOf('app_producer', table));
    for (let run = 0; run < 8; run++) {
      const first = random.whole(whole.last + 1);
      const last = run === 0 ? whole.last : first + random.whole(whole.last + 1 - first);
      const counts = await runRange(client, { ...whole, first: run === 0 ? 0 : first, last });
      const { inserted, updated, deleted } = counts;
      expect({ inserted, updated, deleted }, `${first} to ${last}`).toEqual({
        inserted: 0,
        updated: 0,
        deleted: 0,
      });
      expect(loadedOf(counts), `${first} to ${last}`).toBe(counts.rows);
      expect(await contentOf(table), `${first} to ${last}`).toBe(before);
    }
  },
);

test('offsets reset to the beginning: every table is read again from Kafka and stays as it is', async () => {
  await changedTable('reset', 'int', new Random(62));
  const before = await contentOf('reset');
  expect(await alir.end()).toBe(0);
  const admin = createKafkaJs(place.config, createLogger('silent')).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => cdc.topicPattern?.test(topic));
  for (const topic of topics) await admin.resetOffsets({ groupId: cdc.group, topic, earliest: true });
  await admin.disconnect();
  alir = await place.run();
  await place.caughtUp(60_000);
  expect(await contentOf('reset')).toBe(before);
  expect(await place.differences()).toEqual([]);
});

/** Cuts a range at random places and puts the pieces in a random order, some of them twice. */
function shuffledPieces(first: number, last: number, random: Random): [first: number, last: number][] {
  const pieces: [number, number][] = [];
  for (let from = first; from <= last;) {
    const to = Math.min(last, from + random.whole(60));
    pieces.push([from, to]);
    from = to + 1;
  }
  pieces.push(...pieces.filter(() => random.chance(0.3)));
  for (let index = pieces.length - 1; index > 0; index--) {
    const other = random.whole(index + 1);
    [pieces[index], pieces[other]] = [pieces[other]!, pieces[index]!];
  }
  return pieces;
}

test.each(['int', 'collated'] as const)(
  'the ranges of a topic in any order, some of them twice, make the same table: %s key',
  async (kind) => {
    const table = `shuffled_${kind}`;
    const random = new Random(63);
    await changedTable(table, kind, random);
    const whole = await wholeTopic(place.brokers, topicOf('app_producer', table));
    expect(await alir.end()).toBe(0);
    // Only a worker, with databases of its own: nothing comes but what is asked for.
    const replica = `app_olap_${kind}`;
    const environment = {
      ...place.environment,
      MYSQL_DATABASE: `app_consumer_${kind}`,
      MYSQL_REPLICA_DATABASE: replica,
    };
    const config = loadConfig(environment);
    await migrate(config.target, () => undefined);
    await place.inSource(`CREATE DATABASE ${replica} CHARACTER SET utf8mb4`);
    const database = openDatabase(config.target, { poolSize: 1 });
    const worker = await startAlir('worker', environment);
    try {
      for (let run = 1; run <= 4; run++) {
        const pieces = shuffledPieces(whole.first, whole.last, random);
        for (const [first, last] of pieces) await runRange(client, { ...whole, first, last });
        const found = await withConnection({ ...config.target, database: '' }, (connection) =>
          differences(connection, 'app_producer', replica),
        );
        const said = `run ${run}: ${JSON.stringify(pieces)}`;
        expect(
          found.filter((line) => line.startsWith(`${table}:`)),
          said,
        ).toEqual([]);
        await database.$executeRawUnsafe(`TRUNCATE ${replica}.${table}`);
        await database.$executeRawUnsafe('DELETE FROM etl_fences');
      }
    } finally {
      await worker.end();
      await database.$disconnect();
      alir = await place.run();
    }
  },
);
