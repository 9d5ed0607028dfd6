import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../../src/config/project-root.ts';
import { sumCounts } from '../../../src/metadata/batches.ts';
import { decodeHeaders } from '../../../src/metadata/dead-letters/write-letters.ts';
import { loadedOf } from '../../../src/pipelines/counts.ts';
import { startAlir } from '../../support/alir-process.ts';
import {
  foreign,
  goodNeighbour,
  hardButGood,
  large,
  poison,
  secret,
  type InputCase,
} from '../../support/bad-input.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { makePlace, type OrdersPlace } from '../../support/make-place.ts';
import { produceBytes } from '../../support/produce-bytes.ts';
import { headersOf, readTopic, sourceOf } from '../../support/read-topic.ts';
import type { OutgoingMessage } from '../../../src/kafka/producer.ts';
import type { Header } from '../../../src/kafka/wire/record-batch-writer.ts';
import type { SourceRecord } from '../../../src/pipelines/record.ts';

/** A record as it was sent. */
interface Sent extends InputCase {
  readonly message: OutgoingMessage & {
    readonly partition: number;
    readonly timestamp: number;
    readonly headers: readonly Header[];
  };
  readonly correlationId: string;
  readonly source: string;
}

let place: OrdersPlace;
let close: () => Promise<void>;
let sent: Sent[];
let log: string;
let exitCode: number | null;
let published: SourceRecord[];
let dlq: SourceRecord[];

/** Everything goes through one `alir run`; the tests look at what became of it. */
beforeAll(async () => {
  ({ place, close } = await makePlace(laneStack()));
  sent = address(
    withNeighbours([...poison, ...foreign, ...hardButGood]).concat(...large.map(besideGoodOnes)),
  );
  await place.producer.publish(
    'raw_orders',
    sent.map(({ message }) => message),
  );
  for (const writer of writers) {
    for (const [partition, codec] of codecs.entries()) {
      await produceBytes(place.brokers, 'raw_orders', partition % 3, recordedBatch(writer, codec));
    }
  }
  const alir = await startAlir('run', place.environment);
  await place.processed();
  exitCode = await alir.end();
  log = alir.output;
  published = await readTopic(place.brokers, 'enriched_orders');
  dlq = await readTopic(place.brokers, 'raw_orders.dlq');
}, 180_000);

afterAll(async () => {
  await place.database.$executeRawUnsafe(`DROP DATABASE \`${place.config.target.database}\``);
  await close();
});

const writers = ['rdkafka', 'java'] as const;
const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Orders `java-zstd-0`, … as kcat 1.7 (librdkafka) and Kafka's console producer compressed them. */
function recordedBatch(writer: string, codec: string): Buffer {
  return readFileSync(join(projectRoot, 'test/fixtures/kafka', `orders-${writer}-${codec}.bin`));
}

function withNeighbours(cases: readonly InputCase[]): InputCase[] {
  return cases.flatMap((one, index) => (index % 4 === 0 ? [one, goodNeighbour(index)] : [one]));
}

function besideGoodOnes(one: InputCase, index: number): InputCase[] {
  return [goodNeighbour(1000 + 2 * index), one, goodNeighbour(1001 + 2 * index)];
}

/** Gives every record a partition and knows the offset that it will get: the topic is new. */
function address(cases: readonly InputCase[]): Sent[] {
  const ends = [0, 0, 0];
  const now = Date.now();
  return cases.map((one, index) => {
    const partition = Math.floor(index / 3) % 3;
    const correlationId = `c-${index}`;
    const message = {
      key: one.key ?? null,
      value: one.value,
      partition,
      timestamp: now - 60_000 + index,
      headers: [
        ['trace', Buffer.from([0, 0xff])],
        ['laravel-kafka::message-id', `m-${index}`],
        ['correlation-id', correlationId],
        ['trace', null],
        ['trace', ''],
      ] satisfies Header[],
    };
    return { ...one, message, correlationId, source: `raw_orders/${partition}/${ends[partition]!++}` };
  });
}

function ownHeaders({ headers }: Sent['message']): SourceRecord['headers'] {
  return headers.map(([header, value]) => [header, value === null ? null : Buffer.from(value)]);
}

const endingAt = <At extends InputCase['ending']['at']>(at: At) =>
  sent.filter(
    (one): one is Sent & { ending: Extract<InputCase['ending'], { at: At }> } => one.ending.at === at,
  );
const sorted = (texts: readonly string[]) => [...texts].sort();

test('the process lives through all of it, and no partition is held', () => {
  expect(exitCode).toBe(0);
  expect(log).not.toMatch(/activity failed|"level":(50|60)/);
});

test('every record is counted in exactly one way', async () => {
  const { counts, gaps } = await sumCounts(place.database, 'orders');
  const { rows, ...outcomes } = counts;
  expect(rows).toBe(sent.length + compressedIds.length);
  expect(Object.values(outcomes).reduce((sum, figure) => sum + figure, 0)).toBe(rows);
  expect(counts.ignored).toBe(endingAt('ignored').length);
  expect(counts.deadLettered).toBe(endingAt('dead').length);
  expect(loadedOf(counts)).toBe(endingAt('table').length + endingAt('gone').length + compressedIds.length);
  expect(gaps).toBe(0);
});

const compressedIds = writers.flatMap((writer, w) =>
  codecs.flatMap((_, c) =>
    [0, 1, 2, 3, 4]
      .slice(writer === 'java' ? 0 : 1)
      .map((line) => String(7000 + (w * 4 + c + 1) * 10 + line)),
  ),
);

test('the table holds the good orders, exact to the last digit and letter, and nothing else', async () => {
  const wanted = endingAt('table');
  const columns = [...new Set(wanted.flatMap(({ ending }) => Object.keys(ending.row)))].filter(
    (name) => name !== 'id',
  );
  const rows = await place.database.$queryRawUnsafe<Record<string, string | null>[]>(
    `SELECT CAST(id AS CHAR) AS id, CONCAT_WS('/', _topic, _partition, _offset) AS source, ` +
      `${columns.map((name) => `CAST(${name} AS CHAR) AS ${name}`).join(', ')} FROM orders`,
  );
  const bySource = new Map(rows.map((row) => [row['source'], row]));
  for (const { name, ending, source } of wanted) {
    expect({ name, ...bySource.get(source) }).toMatchObject({ name, ...ending.row });
  }
  expect(rows).toHaveLength(wanted.length + compressedIds.length);
});

test('orders compressed by librdkafka and by Java arrive, whatever the codec', async () => {
  const rows = await place.database.$queryRawUnsafe<{ id: string; text: string }[]>(
    "SELECT CAST(id AS CHAR) AS id, CONCAT(order_no, ' ', total) AS text FROM orders WHERE id BETWEEN 7000 AND 7999 ORDER BY id",
  );
  expect(rows.map(({ id }) => id)).toEqual(compressedIds);
  for (const { text } of rows)
    expect(text).toMatch(/^(rdkafka|java)-(gzip|snappy|lz4|zstd)-(\d) 1000\3\.00$/);
});

test('a dead letter has the original bytes, headers, coordinates and time, and a reason without values', async () => {
  const letters = await place.database.etlDeadLetter.findMany();
  const bySource = new Map(
    letters.map((letter) => [`${letter.topic}/${letter.partition}/${letter.offset}`, letter]),
  );
  for (const { name, ending, source, message } of endingAt('dead')) {
    const letter = bySource.get(source);
    expect([name, letter?.code, letter?.status]).toEqual([name, ending.code, 'open']);
    expect(letter?.reason, name).toMatch(ending.reason);
    expect(letter?.keyBytes && Buffer.from(letter.keyBytes), name).toEqual(
      message.key && Buffer.from(message.key),
    );
    const bytes = letter?.valueBytes ? Buffer.from(letter.valueBytes) : null;
    // Compared by one call: a difference of a megabyte would be printed.
    if (message.value === null || letter?.code === 'RECORD_EMPTY') expect(bytes?.length ?? 0, name).toBe(0);
    else expect(bytes?.equals(Buffer.from(message.value)), name).toBe(true);
    expect(decodeHeaders(letter!.headerBytes), name).toEqual(ownHeaders(message));
    expect(Number(letter?.recordMs), name).toBe(message.timestamp);
  }
  expect(letters).toHaveLength(endingAt('dead').length);
});

test('raw_orders.dlq gets each of them once, with the same coordinates, code and reason', async () => {
  const letters = await place.database.etlDeadLetter.findMany({ omit: { valueBytes: true } });
  expect(sorted(dlq.map(sourceOf))).toEqual(sorted(endingAt('dead').map(({ source }) => source)));
  for (const record of dlq) {
    const { message, name } = sent.find(({ source }) => source === sourceOf(record))!;
    const letter = letters.find(
      ({ topic, partition, offset }) => `${topic}/${partition}/${offset}` === sourceOf(record),
    );
    const headers = headersOf(record);
    expect(headers, name).toMatchObject({
      'alir-code': letter?.code,
      'alir-reason': letter?.reason,
      'alir-source-timestamp': String(message.timestamp),
    });
    const omitted = headers['alir-value-omitted'];
    if (omitted !== undefined) expect(Number(omitted), name).toBe(message.value?.length);
    else {
      expect(record.value?.equals(Buffer.from(message.value ?? '')) ?? message.value === null, name).toBe(
        true,
      );
    }
    expect(record.headers.slice(0, message.headers.length), name).toEqual(ownHeaders(message));
  }
  expect(dlq.filter((record) => 'alir-value-omitted' in headersOf(record))).toHaveLength(2);
});

test('no reason, log line or dead-letter header holds a value of a record', async () => {
  const letters = await place.database.etlDeadLetter.findMany({ select: { reason: true } });
  expect(letters.filter(({ reason }) => reason.includes(secret))).toEqual([]);
  expect(log).not.toContain(secret);
  expect(JSON.stringify(dlq.map((record) => ({ ...headersOf(record) })))).not.toContain(secret);
});

test('enriched_orders is what a Laravel consumer reads: text headers, ids and money as texts', () => {
  const good = endingAt('table');
  const ofCases = published.filter((record) => good.some(({ source }) => source === sourceOf(record)));
  expect(ofCases).toHaveLength(good.length);
  expect(published).toHaveLength(good.length + compressedIds.length);
  for (const record of ofCases) {
    const { correlationId, name, ending, source } = good.find(
      ({ source: each }) => each === sourceOf(record),
    )!;
    const headers = headersOf(record);
    expect(Object.keys(headers), name).toEqual([
      'laravel-kafka::message-id',
      'correlation-id',
      'alir-source-offset',
      'alir-source-topic',
      'alir-source-partition',
      'alir-source-epoch',
      'alir-flag',
    ]);
    expect(headers, name).toMatchObject({
      'correlation-id': correlationId,
      'alir-flag': 'live',
    });
    expect(headers['laravel-kafka::message-id'], name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const text = record.value!.toString();
    const json = JSON.parse(text) as Record<string, unknown>;
    expect(json, name).toMatchObject({
      id: record.key?.toString(),
      flag: 'live',
      total: expect.stringMatching(/^\d+\.\d\d$/) as string,
    });
    expect(json['item_count'], name).toBeTypeOf('number');
    expect(json['total_matches'], name).toBeTypeOf('boolean');
    expect(json['updated_at'], name).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const coordinates = json['source'] as Record<'topic' | 'partition' | 'offset', string>;
    expect(`${coordinates.topic}/${coordinates.partition}/${coordinates.offset}`).toBe(source);
    for (const [column, value] of Object.entries(ending.row)) {
      if (column === 'id' || column === 'order_no' || column === 'total')
        expect(json[column], name).toBe(value);
    }
  }
  expect(new Set(published.map((record) => headersOf(record)['laravel-kafka::message-id'])).size).toBe(
    published.length,
  );
  const digits = ofCases.find((record) => record.key?.toString() === '1003');
  expect(digits?.value?.toString()).toContain('"berat":123456789012345678901234567890.123');
});
