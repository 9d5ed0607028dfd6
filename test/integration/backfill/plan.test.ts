import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { PlanningContext } from '../../../src/backfill/planning-context.ts';
import { planBackfill } from '../../../src/backfill/plan.ts';
import type { PlanRequest } from '../../../src/backfill/request.ts';
import { selectorOf } from '../../../src/backfill/selector.ts';
import type { BackfillPlan, Selector, Via } from '../../../src/backfill/types.ts';
import { createEpochStore } from '../../../src/metadata/epochs.ts';
import { checkTold, findPosition } from '../../../src/backfill/find-position.ts';
import { readSourceBinlog } from '../../../src/replica/binlog.ts';
import { recordGap } from '../../../src/metadata/batches.ts';
import { ensureDatabase, withConnection } from '../../../src/mysql/server-connection.ts';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import type { Pipeline } from '../../../src/pipelines/pipeline.ts';
import { pipelines } from '../../../src/pipelines/registry.ts';
import { connectTestKafka, type TestKafka } from '../../support/kafka.ts';
import { dropDatabase, testDatabase } from '../../support/mysql.ts';

let kafka: TestKafka;
let bookkeeping: Awaited<ReturnType<typeof testDatabase>>;
let place: PlanningContext;
let items: string;
let short: string;

/** Ten changes a minute apart, at 10, 20, … of two files of the binlog; rows 3 and 4 are of a bootstrap. */
const begin = Date.parse('2026-11-01T00:00:00Z');
const minute = (index: number) => begin + index * 60_000;
const positionAt = (index: number) => `${files[index < 5 ? 0 : 1]}:${(index + 1) * 10}`;
/** The last two files of the server's binlog. */
let files: readonly string[];

function change(index: number, database: string) {
  const isBootstrap = index === 3 || index === 4;
  const type = isBootstrap ? 'bootstrap-insert' : 'insert';
  const place = isBootstrap ? {} : { position: positionAt(index) };
  const value = JSON.stringify({ database, table: 't', type, ...place, data: { id: index } });
  return { value, timestamp: String(minute(index)) };
}

beforeAll(async () => {
  kafka = await connectTestKafka();
  bookkeeping = await testDatabase();
  const { address, database } = bookkeeping;
  const source = { ...address, database: `${address.database}_source` };
  place = { brokers: kafka.brokers, database, source, replicaDatabase: 'app_olap' };
  await ensureDatabase(source);
  await withConnection(source, (connection) => connection.query('FLUSH BINARY LOGS'));
  files = (await readSourceBinlog(source))?.files.slice(-2).map(({ name }) => name) ?? [];
  await withConnection(source, async (connection) => {
    for (const name of ['items', 'short'])
      await connection.query(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
    await connection.query('CREATE TABLE pairs (a VARCHAR(9), b INT, PRIMARY KEY (a, b))');
    await connection.query('CREATE TABLE keyless (a INT)');
    await connection.query("CREATE TABLE listed (e ENUM('b','a') PRIMARY KEY)");
  });
  [items, short] = [topicOf(source.database, 'items'), topicOf(source.database, 'short')];
  await kafka.createTopics([items, short]);
  const producer = kafka.kafka.producer();
  await producer.connect();
  for (const topic of [items, short])
    for (let index = 0; index < 10; index += 1)
      await producer.send({ topic, messages: [change(index, source.database)] });
  await producer.disconnect();
  await kafka.deleteRecords(short, 0, 6);
  for (const { name, id } of (await kafka.brokers.metadata([items, short])).values())
    await createEpochStore(database).begin(name, {
      topicId: id,
      partitions: 1,
      firstOffsets: [0],
      replaces: null,
    });
});
afterAll(async () => {
  await dropDatabase(place.source);
  await bookkeeping.close();
  await kafka.close();
});

function plan(asked: Partial<PlanRequest>, via?: Via): Promise<BackfillPlan> {
  const selector = selectorOf(
    { pipeline: 'cdc', table: 'items', ...asked },
    { now: Date.parse('2030-01-01'), usualZone: 'UTC' },
  );
  return planBackfill(place, selector, via === undefined ? {} : { via });
}

async function offsets(asked: Partial<PlanRequest>): Promise<string> {
  const { via, ranges, rows } = await plan(asked);
  expect(via).toBe('kafka');
  const pieces = ranges.map(({ first, last }) => `${first}-${last}`);
  expect(rows).toBe(ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0));
  return pieces.join(' ');
}

const everything: Selector = {
  ...{ pipeline: 'cdc', table: null, partition: null, fromOffset: null, toOffset: null },
  ...{ since: null, until: null, fromPosition: null, toPosition: null, keys: null, batches: null },
};

const iso = (ms: number) => new Date(ms).toISOString();

test('without bounds, all that the log holds', async () => {
  const planned = await plan({ table: `${place.source.database}.items` });
  expect(planned).toMatchObject({ rows: 10, targets: ['app_olap.items'], gaps: [], expectedSeconds: null });
  expect(planned.available).toEqual([{ topic: items, partition: 0, start: 0, end: 10 }]);
  expect(planned.ranges).toMatchObject([{ topic: items, epoch: 1, partition: 0, first: 0, last: 9 }]);
});

test('of a pipeline with tables of its own, the plan names these and no other', async () => {
  const other: Pipeline = {
    ...orders,
    name: 'invoices',
    topics: [short],
    tables: [{ ...orders.table, name: 'invoices' }],
  };
  const all = pipelines as Pipeline[];
  all.push(other);
  onTestFinished(() => void all.pop());
  const own = place.database;
  const [{ name }] = await own.$queryRawUnsafe<[{ name: string }]>('SELECT DATABASE() AS name');
  const planned = await planBackfill(place, { ...everything, pipeline: 'invoices', fromOffset: 6 });
  expect(planned).toMatchObject({ via: 'kafka', rows: 4, targets: [`${name}.invoices`] });
});

test('times are the first record that is not before them', async () => {
  expect(await offsets({ since: iso(minute(2)) })).toBe('2-9');
  expect(await offsets({ since: iso(minute(2) + 1) })).toBe('3-9');
  expect(await offsets({ since: iso(minute(2)), until: iso(minute(5)) })).toBe('2-4');
  expect(await offsets({ until: iso(minute(0)) })).toBe('');
  expect(await offsets({ since: iso(minute(20)) })).toBe('');
});

test('positions are found whatever bootstraps stand between', async () => {
  expect(await offsets({ fromPosition: positionAt(2) })).toBe('2-9');
  expect(await offsets({ fromPosition: `${files[0]}:31` })).toBe('5-9');
  expect(await offsets({ toPosition: positionAt(2) })).toBe('0-4');
  expect(await offsets({ fromPosition: positionAt(1), toPosition: positionAt(6) })).toBe('1-6');
  expect(await offsets({ fromPosition: positionAt(6), toPosition: positionAt(6) })).toBe('6-6');
  await expect(plan({ fromPosition: 'mysql-bin.000009:300' })).rejects.toThrow(
    /fromPosition mysql-bin.000009:300 is a position of another server: the binlog of the source ends at/,
  );
});

test('a position that the source has not reached names the end of its binlog', async () => {
  const end = new RegExp(`is beyond the end of the source's binlog, ${files[1]}:\\d+\\.`);
  for (const position of [`${files[1]}:999999999`, 'binlog.999999:4']) {
    await expect(plan({ fromPosition: position })).rejects.toThrow(end);
    await expect(plan({ toPosition: position })).rejects.toThrow(end);
  }
  await expect(plan({ fromPosition: `${files[0]}:999999999` })).rejects.toThrow(
    `the ${files[0]} of the source ends at`,
  );
  await expect(plan({ fromPosition: '3e11fa47-71ca-11e1-9e33-c80aa9429562:23' })).rejects.toThrow(
    'is a GTID, and the source has none',
  );
});

test('GTIDs are found in the records that tell them', async () => {
  const server = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
  const topic = topicOf(place.source.database, 'gtids');
  await kafka.createTopics([topic]);
  const producer = kafka.kafka.producer();
  await producer.connect();
  // Two rows a transaction; the fourth record is of a bootstrap.
  for (const number of [21, 21, 22, null, 22, 25, 25])
    await producer.send({
      topic,
      messages: [
        {
          value: JSON.stringify({
            type: 'insert',
            ...(number === null ? {} : { gtid: `${server}:${number}` }),
          }),
        },
      ],
    });
  await producer.disconnect();
  const [{ id } = { id: '' }] = (await kafka.brokers.metadata([topic])).values();
  const range = { topic, topicId: id, partition: 0, first: 0, last: 6 };
  const found = async (number: number, isAfter: boolean) =>
    (await findPosition(kafka.brokers, range, `${server}:${number}`, isAfter))?.offset;
  expect(await found(21, false)).toBe(0);
  expect(await found(22, false)).toBe(2);
  expect(await found(22, true)).toBe(5);
  expect(await found(23, false)).toBe(5);
  expect(await found(25, true)).toBeUndefined();
  const other = `${server.replace('3', '4')}:1`;
  await expect(findPosition(kafka.brokers, range, other, false)).rejects.toThrow('is of another server');
  const [untold] = (await plan({})).ranges;
  await expect(checkTold(kafka.brokers, untold!, other)).rejects.toThrow('have no GTID');
});

test('bounds of several kinds hold together', async () => {
  expect(await offsets({ fromOffset: 4, since: iso(minute(2)), toPosition: positionAt(7) })).toBe('4-7');
});

test('what is behind the end, or nowhere, is refused', async () => {
  await expect(plan({ toOffset: 10 })).rejects.toThrow(
    `toOffset 10 is beyond the end: the last offset of ${items}/0 is 9`,
  );
  await expect(plan({ partition: 3 })).rejects.toThrow('partition 3 does not exist');
  await expect(plan({ table: 'nowhere' })).rejects.toThrow('table nowhere: there is no such table');
  await expect(plan({ table: 'keyless' })).rejects.toThrow('keyless has no key');
});

test('a range that begins below the log start is read from the source, and says so', async () => {
  for (const flags of [{ fromOffset: 2 }, { since: iso(minute(1)) }, { fromPosition: positionAt(1) }]) {
    const planned = await plan({ table: 'short', ...flags });
    expect(planned).toMatchObject({ via: 'source', sources: [`${place.source.database}.short`], ranges: [] });
    expect(planned.why).toContain('are no longer in Kafka, which begins at 6');
  }
  await expect(plan({ table: 'short', fromOffset: 2 }, 'kafka')).rejects.toThrow(
    expect.objectContaining({ code: 'RANGE_GONE' }),
  );
  expect(await offsets({ table: 'short', fromOffset: 7 })).toBe('7-9');
  expect((await plan({ table: 'short' })).gaps).toEqual([
    `${short}/0: offsets 0-5 are no longer in Kafka, which begins at 6.`,
  ]);
});

test('keys are read from the source', async () => {
  const pairs = { table: 'pairs', wherePk: '["a",1]..["b",2]' };
  expect(await plan(pairs)).toMatchObject({ via: 'source', ranges: [], targets: ['app_olap.pairs'] });
  expect(await plan({ wherePk: '1..' })).toMatchObject({ via: 'source' });
  await expect(plan({ table: 'pairs', wherePk: '1' })).rejects.toThrow('the key of pairs is (a, b)');
  await expect(plan({ wherePk: 'x' })).rejects.toThrow('id is a number, and x is not');
  expect(await plan({ table: 'listed', wherePk: 'b..a' })).toMatchObject({ via: 'source' });
  await expect(plan({ table: 'listed', wherePk: 'A' })).rejects.toThrow(
    'e is one of b, a, and A is not among them',
  );
});

test('batches with open dead letters or stale records are run again, joined where they touch', async () => {
  const { database } = bookkeeping;
  const [topic] = (await kafka.brokers.metadata([items])).values();
  const batch = (first: number, last: number, counts: string) =>
    database.$executeRawUnsafe(
      'INSERT INTO etl_batches (pipeline, topic, topic_id, epoch, `partition`, first_offset, last_offset, run, workflow_id, ' +
        'flag, row_count, stale, dead_lettered, started_at, committed_at) ' +
        `VALUES ('cdc', ?, ?, 1, 0, ?, ?, 'r', 'w', 'live', ${counts}, '2026-11-01', '2026-11-01 00:00:01')`,
      items,
      topic?.id,
      first,
      last,
    );
  await batch(0, 1, '2, 1, 0');
  await batch(2, 3, '2, 1, 1');
  await batch(6, 7, '2, 0, 1');
  await database.$executeRawUnsafe(
    'INSERT INTO etl_dead_letters (pipeline, topic, epoch, `partition`, offset, code, reason, header_bytes, record_ms, ' +
      "run, created_at, updated_at) VALUES ('cdc', ?, 1, 0, 6, 'ROW_REJECTED', 'x', '[]', 0, 'r', NOW(), NOW())",
    items,
  );
  expect(await offsets({ batches: 'stale' })).toBe('0-3');
  expect(await offsets({ batches: 'failed' })).toBe('6-7');
  expect((await plan({ batches: 'stale' })).gaps.join()).not.toContain('ALIR_KEEP_BATCHES_DAYS');
  await database.etlBatchMark.updateMany({ data: { prunedBefore: new Date('2026-10-31') } });
  expect((await plan({ batches: 'failed' })).gaps.join()).not.toContain('ALIR_KEEP_BATCHES_DAYS');
  expect((await plan({ batches: 'stale' })).gaps).toContainEqual(
    expect.stringContaining('before 2026-10-31T00:00:00.000Z are pruned (ALIR_KEEP_BATCHES_DAYS)'),
  );
  await recordGap(database, 'cdc', {
    topic: items,
    topicId: topic?.id ?? '',
    epoch: 1,
    partition: 0,
    first: 8,
    last: 8,
    why: 'a test',
  });
  const planned = await plan({});
  expect(planned.gaps).toEqual([`${items}/0: offsets 8-8 were never processed (a test).`]);
  // Two rows a second.
  expect(planned.expectedSeconds).toBe(5);
});
