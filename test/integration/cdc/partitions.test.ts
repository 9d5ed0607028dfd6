import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureDatabase, withConnection } from '../../../src/mysql/server-connection.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import { createKafkaJs } from '../../../src/kafka/kafkajs-client.ts';
import type { OutgoingMessage } from '../../../src/kafka/producer.ts';
import { ensureTopic } from '../../../src/kafka/topics.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import { Random } from '../../../src/lab/simulator/random.ts';
import { differences } from '../../cdc/compare.ts';
import { startAlir, type AlirChild } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { makePlace, type OrdersPlace } from '../../support/make-place.ts';

const source = `app_split_${randomUUID().slice(0, 8)}`;
const partitions = 3;

let place: OrdersPlace;
let close: () => Promise<void>;
let alir: AlirChild;

beforeAll(async () => {
  ({ place, close } = await makePlace(laneStack(), { SOURCE_MYSQL_DATABASE: source }));
  await ensureDatabase({ ...place.config.target, database: source });
  alir = await startAlir('run', place.environment);
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await inSource(`DROP DATABASE IF EXISTS ${source}`);
  await close?.();
});

function inSource<Row>(...statements: readonly string[]): Promise<Row[]> {
  return withConnection({ ...place.config.source, database: source }, async (connection) => {
    let rows: Row[] = [];
    for (const statement of statements) rows = await connection.query<Row[]>(statement);
    return rows;
  });
}

async function split(table: string): Promise<void> {
  await ensureTopic(place.brokers, topicOf(source, table), partitions);
}

interface Row {
  readonly id: number;
  readonly n: number;
}

/** Somebody else's Maxwell with producer_partition_by=primary_key; the filter of the stack's own leaves the database out. */
class SplitTable {
  readonly #rows = new Map<number, number>();
  readonly #statements: string[] = [];
  readonly #messages: OutgoingMessage[] = [];
  readonly table: string;

  constructor(table: string) {
    this.table = table;
  }

  put(id: number, n: number): void {
    const old = this.#rows.get(id);
    this.#rows.set(id, n);
    this.#statements.push(`REPLACE INTO ${this.table} VALUES (${id}, ${n})`);
    if (old === undefined) this.#tell('insert', { id, n });
    else this.#tell('update', { id, n }, old === n ? {} : { n: old });
  }

  remove(id: number): void {
    const n = this.#rows.get(id);
    if (n === undefined) return;
    this.#rows.delete(id);
    this.#statements.push(`DELETE FROM ${this.table} WHERE id = ${id}`);
    this.#tell('delete', { id, n });
  }

  rename(from: number, to: number): void {
    const n = this.#rows.get(from) ?? 0;
    this.#rows.delete(from);
    this.#rows.set(to, n);
    this.#statements.push(`UPDATE ${this.table} SET id = ${to} WHERE id = ${from}`);
    this.#tell('update', { id: to, n }, { id: from });
  }

  /** Does in the source what was done here, then sends what tells of it. */
  async flush(): Promise<void> {
    await inSource('SELECT 1', ...this.#statements.splice(0));
    await place.producer.publish(topicOf(source, this.table), this.#messages.splice(0));
  }

  #tell(type: string, data: Row, old?: Partial<Row>): void {
    const parts = { database: source, table: this.table, type, ts: 1_795_600_000, schema_id: 1, data };
    this.#messages.push({
      key: JSON.stringify({ database: source, table: this.table, 'pk.id': data.id }),
      value: JSON.stringify(old === undefined || Object.keys(old).length === 0 ? parts : { ...parts, old }),
      partition: data.id % partitions,
    });
  }
}

async function make(table: string): Promise<SplitTable> {
  await split(table);
  await inSource(`CREATE TABLE ${table} (id INT PRIMARY KEY, n INT NOT NULL)`);
  return new SplitTable(table);
}

async function found(table: string): Promise<string[]> {
  const all = await withConnection({ ...place.config.target, database: '' }, (connection) =>
    differences(connection, source, place.config.settings.MYSQL_REPLICA_DATABASE),
  );
  return all.filter((line) => line.startsWith(`${table}:`));
}

async function stateOf(table: string) {
  return place.database.etlReplicaTable.findFirst({
    where: { sourceDatabase: source, sourceTable: table },
  });
}

async function expectEqual(table: string): Promise<void> {
  await expect
    .poll(async () => [(await stateOf(table))?.state, await found(table)], { timeout: 60_000, interval: 500 })
    .toEqual(['ready', []]);
}

async function keysLeft(table: string): Promise<number> {
  const target = `${place.config.settings.MYSQL_REPLICA_DATABASE}.${table}`;
  const row = await place.database.etlTarget.findUnique({ where: { targetTable: target } });
  return Number(row?.keysLeft ?? 0);
}

test('random changes without new keys: equal, however uneven the partitions are', async () => {
  const items = await make('items');
  const random = new Random(20261125);
  for (let round = 0; round < 8; round++) {
    for (let step = 0; step < 200; step++) {
      // Most changes are of one partition: offsets of the others stay far behind.
      const id = random.chance(0.8) ? random.whole(40) * partitions : random.whole(120);
      if (random.chance(0.3)) items.remove(id);
      else items.put(id, random.whole(1000));
    }
    await items.flush();
  }
  await expectEqual('items');
  expect(await keysLeft('items')).toBe(0);
});

test('a load loses to whatever comes later, in the shortest partition too', async () => {
  const table = 'shortest';
  const shortest = await make(table);
  for (let n = 0; n < 50; n++) shortest.put(0, n);
  shortest.put(3, 1);
  await shortest.flush();
  // Of these no event tells; they come with the load alone.
  await inSource(`INSERT INTO ${table} VALUES (1, 1), (2, 2)`);
  await expect.poll(async () => (await stateOf(table))?.state, { timeout: 60_000 }).toBe('ready');
  const before = Number((await stateOf(table))?.loads);
  await requestLoad(place.database, { database: source, table }, { waitFor: null, askedBy: 'person' });
  await expect
    .poll(async () => [(await stateOf(table))?.state, (await stateOf(table))?.loads], { timeout: 60_000 })
    .toEqual(['ready', before + 1]);
  await expectEqual(table);
  // Their partitions are empty so far, so these have the offset 0.
  shortest.put(1, 100);
  shortest.put(2, 200);
  await shortest.flush();
  await expectEqual(table);
});

test('a change of a key brings the new row, leaves the former one, loses nothing newer, and is counted', async () => {
  const table = 'renamed';
  const renamed = await make(table);
  for (let n = 0; n < 30; n++) renamed.put(3, n);
  renamed.put(1, 1);
  renamed.put(2, 2);
  await renamed.flush();
  await expectEqual(table);
  renamed.rename(1, 6); // told at an offset of 30 and more, in another partition than that of key 1
  await renamed.flush();
  await expect.poll(() => keysLeft(table), { timeout: 60_000 }).toBe(1);
  expect(await found(table)).toEqual([expect.stringContaining('1 surplus')]);
  renamed.put(1, 11); // at the offset 1: older than the change of the key, if offsets could be compared
  await renamed.flush();
  await expectEqual(table);
  renamed.rename(2, 5);
  renamed.rename(5, 8);
  await renamed.flush();
  await expect.poll(() => keysLeft(table), { timeout: 60_000 }).toBe(3);
});

test('partitions that were added wait, the others go on', async () => {
  const table = 'grown';
  await ensureTopic(place.brokers, topicOf(source, table), 1);
  await inSource(
    `CREATE TABLE ${table} (id INT PRIMARY KEY, n INT NOT NULL)`,
    `INSERT INTO ${table} VALUES (1, 1)`,
  );
  await expectEqual(table);
  const topic = topicOf(source, table);
  // The table may be loaded before the group has seen its topic.
  await expect
    .poll(() => place.database.etlTopicEpoch.count({ where: { topic } }), { timeout: 60_000 })
    .toBe(1);
  const admin = createKafkaJs(place.config, createLogger('silent')).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  await admin.disconnect();
  const grown = new SplitTable(table);
  grown.put(1, 2);
  await grown.flush();
  // Of the partition that was there, and later: so the other one has been tried meanwhile.
  grown.put(3, 3);
  await grown.flush();
  await expect.poll(() => found(table), { timeout: 60_000 }).toEqual([expect.stringContaining('1 n')]);
  const where = { topic, partition: 1 };
  expect(await place.database.etlBatch.count({ where })).toBe(0);
});
