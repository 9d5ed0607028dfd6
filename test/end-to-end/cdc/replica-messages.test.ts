import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import { ensureTopic } from '../../../src/kafka/topics.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import { deadLetterTopic } from '../../../src/pipelines/pipeline.ts';
import { wholeTopic } from '../../cdc/run-range.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { readTopic, sourceOf } from '../../support/read-topic.ts';

let place: CdcPlace;
let alir: AlirChild;
let producer: TopicProducer;

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
  producer = new TopicProducer(place.config, place.brokers, createLogger('silent'));
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await producer?.close();
  await alir?.end();
  await place?.close();
});

interface Foreign {
  readonly what: string;
  readonly key: string | null;
  readonly value: string | Buffer | null;
  /** Null: it is none. */
  readonly code: string | null;
}

function envelope(parts: Readonly<Record<string, unknown>>): string {
  const row = { database: 'app_producer', table: 'poisoned', type: 'update', ts: 4_102_444_800 };
  return JSON.stringify({ ...row, data: { id: 1, n: 5, note: 'x' }, old: { n: 4 }, ...parts });
}

function keyOf(table: string, id: number): string {
  return JSON.stringify({ database: 'app_producer', table, 'pk.id': id });
}

const messages: readonly Foreign[] = [
  { what: 'no JSON', key: null, value: 'hello', code: 'RECORD_NOT_JSON' },
  { what: 'nothing', key: null, value: '', code: 'RECORD_EMPTY' },
  {
    what: 'cut off',
    key: keyOf('poisoned', 1),
    value: envelope({}).slice(0, -20),
    code: 'RECORD_NOT_JSON',
  },
  { what: 'no text', key: null, value: Buffer.from([0xff, 0xfe, 0x00, 0x7b]), code: 'RECORD_NOT_UTF8' },
  { what: 'a list', key: null, value: '[1, 2]', code: 'RECORD_NOT_OBJECT' },
  { what: 'of another producer', key: 'a', value: '{"event": "login", "user": 7}', code: 'ENVELOPE_INVALID' },
  { what: 'an order', key: '7', value: '{"id": 7, "total": "1.00"}', code: 'ENVELOPE_INVALID' },
  { what: 'of another table', key: null, value: envelope({ table: 'healthy' }), code: null },
  { what: 'of another database', key: null, value: envelope({ database: 'hr' }), code: null },
  { what: 'DDL', key: null, value: envelope({ type: 'table-alter', data: undefined }), code: null },
  { what: 'an unknown change', key: null, value: envelope({ type: 'merge' }), code: 'ENVELOPE_INVALID' },
  { what: 'without data', key: null, value: envelope({ data: 'encrypted' }), code: 'ENVELOPE_INVALID' },
  { what: 'without its key', key: null, value: envelope({ data: { n: 1 } }), code: 'ENVELOPE_INVALID' },
  { what: 'a key of another type', key: null, value: envelope({ data: { id: 'a' } }), code: 'ROW_REJECTED' },
  {
    what: 'a number beyond its column',
    key: null,
    value: envelope({ data: { id: 1, n: 2 ** 40 } }),
    code: 'ROW_REJECTED',
  },
  {
    what: 'a text beyond its column',
    key: null,
    value: envelope({ data: { id: 1, note: 'x'.repeat(21) } }),
    code: 'ROW_REJECTED',
  },
  { what: 'of Maxwell, the key only', key: null, value: envelope({ reason: 'too large' }), code: null },
  { what: 'a tombstone without key', key: null, value: null, code: 'RECORD_EMPTY' },
  { what: 'a tombstone of another key', key: 'hello', value: null, code: 'RECORD_EMPTY' },
  { what: 'a tombstone of another table', key: keyOf('healthy', 1), value: null, code: null },
  { what: 'a tombstone of no row', key: keyOf('poisoned', 999), value: null, code: null },
];

test('poison on the topic of one table: each is a dead letter with its bytes, and all rows go on', async () => {
  const columns = 'id INT PRIMARY KEY, n INT NOT NULL, note VARCHAR(20) NULL';
  await place.inSource(
    ...['poisoned', 'healthy'].flatMap((table) => [
      `CREATE TABLE ${table} (${columns})`,
      `INSERT INTO ${table} VALUES (1, 1, 'satu'), (2, 2, 'dua'), (3, 3, 'tiga')`,
    ]),
  );
  await place.caughtUp(60_000);
  const topic = topicOf('app_producer', 'poisoned');
  const { last } = await wholeTopic(place.brokers, topic);
  await producer.publish(topic, messages);
  await place.inSource(
    ...['poisoned', 'healthy'].flatMap((table) => [
      `UPDATE ${table} SET n = n + 10 WHERE id <> 3`,
      `INSERT INTO ${table} VALUES (4, 4, NULL)`,
    ]),
  );
  await place.caughtUp(60_000);
  expect(await place.differences()).toEqual([]);

  const letters = await place.database.etlDeadLetter.findMany({
    where: { topic },
    orderBy: { offset: 'asc' },
  });
  const found = letters.map(({ offset, code }) => ({
    what: messages[Number(offset) - last - 1]?.what,
    code,
  }));
  expect(found).toEqual(messages.flatMap(({ what, code }) => (code === null ? [] : [{ what, code }])));
  const bytes = messages.flatMap(({ value, code }) =>
    code === null ? [] : [value === null ? null : Buffer.from(value).toString('hex')],
  );
  const hex = (value: Uint8Array | null): string | null => value && Buffer.from(value).toString('hex');
  expect(letters.map(({ valueBytes }) => hex(valueBytes))).toEqual(bytes);
  // Published at least once.
  const published = new Map(
    (await readTopic(place.brokers, deadLetterTopic(topic))).map((record) => [
      sourceOf(record),
      record.value,
    ]),
  );
  expect([...published.values()].map(hex)).toEqual(bytes);
});

test('a tombstone of a row deletes it, and the next change of the row brings it back', async () => {
  await place.inSource(
    'CREATE TABLE buried (id INT PRIMARY KEY, n INT NOT NULL)',
    'INSERT INTO buried VALUES (1, 1), (2, 2)',
  );
  await place.caughtUp(60_000);
  const array = '["app_producer", "buried", [{"id": 2}]]';
  await producer.publish(topicOf('app_producer', 'buried'), [
    { key: keyOf('buried', 1), value: null },
    { key: array, value: null },
  ]);
  await expect.poll(() => place.inReplica('SELECT id FROM buried'), { timeout: 30_000 }).toEqual([]);
  await place.inSource('UPDATE buried SET n = n + 10');
  await place.caughtUp(60_000);
  expect(await place.differences('buried')).toEqual([]);
  expect(await place.inReplica('SELECT id, n FROM buried')).toEqual([
    { id: 1, n: 11 },
    { id: 2, n: 12 },
  ]);
});

test('topics of tables that the source does not have hold nobody up', async () => {
  for (const topic of [topicOf('app_producer', 'nowhere'), topicOf('hr', 'staff')]) {
    await ensureTopic(place.brokers, topic, 1);
    await producer.publish(topic, [
      { key: null, value: envelope({ table: 'nowhere' }) },
      { key: null, value: 'hello' },
    ]);
  }
  await place.inSource('CREATE TABLE somewhere (id INT PRIMARY KEY)', 'INSERT INTO somewhere VALUES (1)');
  await place.caughtUp(60_000);
  expect(await place.differences()).toEqual([]);
  expect(await place.inReplica("SHOW TABLES LIKE '%where'")).toHaveLength(1);
  expect(await place.inReplica("SHOW TABLES LIKE 'staff'")).toEqual([]);
});
