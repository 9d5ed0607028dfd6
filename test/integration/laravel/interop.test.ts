/** Laravel at both ends: PHP and librdkafka send orders, Alir loads them, librdkafka and PHP read what it publishes. */
import { crc32 } from 'node:zlib';
import { fetchV13 } from '@platformatic/kafka';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sumCounts } from '../../../src/metadata/batches.ts';
import { AlirError } from '../../../src/errors/alir-error.ts';
import { committedOffsets } from '../../../src/kafka/committed-offsets.ts';
import { codecs } from '../../../src/kafka/wire/codecs.ts';
import { describeTopics } from '../../../src/kafka/topics.ts';
import type { SourceRecord } from '../../../src/pipelines/record.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { makePlace, type OrdersPlace } from '../../support/make-place.ts';
import { readOrders } from '../../support/orders-table.ts';
import { headersOf, readTopic } from '../../support/read-topic.ts';
import { LaravelSide, type HandledMessage, type LaravelMessage, type Place } from './laravel-side.ts';

const uuid = (version: number) =>
  new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);
const group = 'group'; // the package's own default

let missing: string | null = null;
let laravel: LaravelSide;
let place: OrdersPlace;
let close: () => Promise<void>;
let sent: (LaravelMessage & Place)[];
let handled: HandledMessage[];

/** Everything goes through one `alir run`; the tests look at what became of it. */
beforeAll(async () => {
  try {
    laravel = await LaravelSide.obtain(laneStack().kafka.bootstrap);
  } catch (error) {
    if (!(error instanceof AlirError) || error.code !== 'TOOL_MISSING') throw error;
    missing = error.message;
    process.stderr.write(`Laravel at both ends is not tested: ${missing}\n`);
    return;
  }
  ({ place, close } = await makePlace(laneStack()));
  const messages = await laravel.encode();
  const places = await laravel.send('raw_orders', messages);
  sent = messages.map((message, index) => ({ ...message, ...places[index]! }));
  const alir = await startAlir('run', place.environment);
  await place.processed();
  expect(await alir.end()).toBe(0);
  handled = await laravel.handle('enriched_orders', group, goodOnes().length);
}, 300_000);

beforeEach(({ skip }) => {
  if (missing !== null) skip(missing);
});

afterAll(async () => {
  if (missing !== null || !place) return;
  await place.database.$executeRawUnsafe(`DROP DATABASE \`${place.config.target.database}\``);
  await close();
});

const goodOnes = () => sent.filter(({ dead }) => dead === undefined);
const sourceOf = ({ partition, offset }: Place) => `raw_orders/${partition}/${offset}`;

test('the records lie in raw_orders as the package writes them: snappy, its headers, CRC32 of the key', async () => {
  const [topic] = await describeTopics(place.brokers, ['raw_orders']);
  const records = await readTopic(place.brokers, 'raw_orders');
  const bySource = new Map(records.map((record) => [sourceOf(record), record]));
  expect(records).toHaveLength(sent.length);
  for (const message of sent) {
    const record = bySource.get(sourceOf(message)) as SourceRecord;
    expect(record.value?.toString()).toBe(message.value);
    expect(record.key?.toString() ?? null).toBe(message.key);
    expect(headersOf(record)).toEqual(message.headers);
    expect(headersOf(record)['laravel-kafka::message-id']).toMatch(uuid(4));
    if (message.key !== null) expect(message.partition).toBe(crc32(message.key) % topic!.partitions.length);
  }
  expect(sent.filter(({ key }) => key !== null).length).toBeGreaterThan(20);
  expect(sent[1]!.value).toContain(String.raw`\ud83d\udcda`);
  expect(sent[1]!.value).toContain(String.raw`https:\/\/kampus.ac.id\/`);
  expect((await codecsIn('raw_orders')).has(codecs.snappy)).toBe(true);
});

test('every order is in the table, in its newest version, every column exact', async () => {
  const rows = await readOrders(place.database);
  expect(rows.size).toBe(new Set(goodOnes().map(({ id }) => id)).size);
  for (const { id, row } of goodOnes()) {
    if (row) expect(rows.get(id!), id).toMatchObject({ ...row }); // PHP writes an empty map as a list
  }
});

test('the sums are those of what was sent', async () => {
  const { counts, gaps } = await sumCounts(place.database, 'orders');
  const { rows, ...outcomes } = counts;
  expect(rows).toBe(sent.length);
  expect(Object.values(outcomes).reduce((sum, figure) => sum + figure, 0)).toBe(rows);
  expect(counts).toMatchObject({
    deadLettered: sent.length - goodOnes().length,
    inserted: new Set(goodOnes().map(({ id }) => id)).size,
    ignored: 0,
  });
  expect(gaps).toBe(0);
});

test('bad messages are dead letters under their code, with the bytes that PHP wrote', async () => {
  const letters = await place.database.etlDeadLetter.findMany();
  const dead = sent.filter((message) => message.dead !== undefined);
  expect(letters).toHaveLength(dead.length);
  for (const message of dead) {
    const letter = letters.find(
      ({ partition, offset }) => partition === message.partition && Number(offset) === message.offset,
    );
    expect(letter?.code, message.value).toBe(message.dead);
    expect(letter?.reason, message.value).toContain(message.reason);
    expect(Buffer.from(letter!.valueBytes!).toString()).toBe(message.value);
  }
});

test('a Laravel consumer of enriched_orders finds every order with all its fields, ids and money as texts', () => {
  const bySource = new Map(handled.map((message) => [sourceText(message), message]));
  expect(handled).toHaveLength(goodOnes().length);
  expect(bySource.size).toBe(handled.length);
  for (const message of goodOnes()) {
    const found = bySource.get(sourceOf(message));
    expect(found?.body, message.id).toMatchObject({ id: message.id, flag: 'live', ...message.message });
    expect(found?.types, message.id).toMatchObject({
      id: 'string',
      total: 'string',
      total_minor: 'string',
      item_count: 'int',
      weight_grams: 'int',
      total_matches: 'bool',
      updated_at: 'string',
    });
    expect(Object.values(found!.types), message.id).not.toContain('float');
    expect(found?.key).toBe(message.id);
  }
});

test('its headers are texts: the same message id at every reading, the correlation id of the sender', async () => {
  for (const message of handled) {
    expect(message.headers).toMatchObject({
      'laravel-kafka::message-id': expect.stringMatching(uuid(5)) as string,
      'correlation-id': expect.any(String) as string,
      'alir-flag': 'live',
    });
  }
  const first = handled.find(({ body }) => body['id'] === '1');
  expect(first?.headers['correlation-id']).toBe('req-0001');
  const again = await laravel.handle('enriched_orders', 'another-group', handled.length);
  const idsOf = (messages: readonly HandledMessage[]) =>
    messages
      .map((message) => `${sourceText(message)} ${message.headers['laravel-kafka::message-id']}`)
      .sort();
  expect(idsOf(again)).toEqual(idsOf(handled));
});

test('its group has committed everything that it read', async () => {
  const [topic] = await describeTopics(place.brokers, ['enriched_orders']);
  const partitions = topic!.partitions.map(({ partition }) => partition);
  const committed = await committedOffsets(place.brokers, group, new Map([['enriched_orders', partitions]]));
  for (const { partition, end } of topic!.partitions)
    expect(committed.get(`enriched_orders/${partition}`)?.offset ?? 0).toBe(end);
});

function sourceText({ body }: HandledMessage): string {
  const { topic, partition, offset } = body['source'] as Place & { topic: string };
  return `${topic}/${partition}/${offset}`;
}

/** The codecs of a topic's record batches. */
async function codecsIn(topic: string): Promise<Set<number>> {
  const [described] = await describeTopics(place.brokers, [topic]);
  const leaders = (await place.brokers.metadata([topic])).get(topic)!.leaders;
  const found = new Set<number>();
  for (const { partition, start } of described!.partitions) {
    const wanted = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(start),
      lastFetchedEpoch: -1,
      partitionMaxBytes: 1_000_000,
    };
    const topics = [{ topicId: described!.id, partitions: [wanted] }];
    const answer = await place.brokers.call(
      `Reading ${topic}`,
      (connection) => fetchV13.api.async(connection, 500, 1, 1_000_000, 1, 0, -1, topics, [], ''),
      leaders[partition]!,
    );
    for (const { partitions } of answer.responses)
      for (const { records = [] } of partitions)
        for (const { attributes } of records) found.add(attributes & 7);
  }
  return found;
}
