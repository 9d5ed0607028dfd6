import { describe, expect, test } from 'vitest';
import { judgeCdcTopics } from '../../../../src/operations/doctor/checks/cdc-topics.ts';
import { judgeGroup } from '../../../../src/operations/doctor/checks/group-lag.ts';
import { judgeAdvertised } from '../../../../src/operations/doctor/checks/kafka-brokers.ts';
import { judgeTopic, type TopicRole } from '../../../../src/operations/doctor/checks/kafka-topics.ts';
import { levelsOf } from './support.ts';

const id = '6f9619ff-8b86-d011-b42d-00cf4fc964ff';
const topic = (name: string, ranges: readonly (readonly [start: number, end: number])[]) => ({
  name,
  exists: true,
  id,
  partitions: ranges.map(([start, end], partition) => ({ partition, start, end, high: end })),
});

describe('topics', () => {
  test('one that exists is told with its partitions', () => {
    const raw = topic('raw_orders', [
      [0, 10],
      [5, 10],
    ]);
    expect(judgeTopic(raw, 'source')).toEqual({
      level: 'ok',
      found: 'raw_orders: 2 partitions, up to 15 records.',
    });
  });

  test.each([
    ['source', 'problem'],
    ['cdc', 'warning'],
    ['ours', 'warning'],
  ] as const)('one of the kind %s that is missing: %s', (role: TopicRole, level) => {
    const missing = { name: 'gone', exists: false, id: '', partitions: [] };
    expect(judgeTopic(missing, role)).toMatchObject({ level, found: 'gone does not exist.' });
  });
});

describe('topics of tables have one partition', () => {
  const facts = (partitions: readonly number[], ofNewTopics: number | null = 1) => ({
    topics: partitions.map((number, index) => ({
      name: `producer.app_producer.t${index}`,
      partitions: number,
    })),
    ofNewTopics,
  });

  test.each([
    ['all have one', facts([1, 1]), ['ok']],
    ['one has three', facts([1, 3]), ['warning']],
    ['there is none', facts([]), ['skipped']],
    ['new ones would get three', facts([1], 3), ['warning', 'ok']],
    ['nobody says what new ones get', facts([1], null), ['ok']],
  ] as const)('%s', (_case, given, levels) => {
    expect(levelsOf(judgeCdcTopics(given))).toEqual(levels);
  });

  test('one that got more of them: a problem', () => {
    const grown = { name: 'producer.app_producer.t', partitions: 3, partitionsAtFirst: 1 };
    expect(judgeCdcTopics({ topics: [grown], ofNewTopics: 1 })).toMatchObject([
      { level: 'problem', found: 'producer.app_producer.t has 3 partitions, and had 1 at first.' },
    ]);
  });

  test('changes of a key that were left are counted', () => {
    const keysLeft = [{ table: 'app_olap.t', count: 2 }];
    expect(judgeCdcTopics({ ...facts([1]), keysLeft })).toMatchObject([
      { level: 'warning', found: 'app_olap.t: 2 changes of a key left the row with the former key.' },
      { level: 'ok' },
    ]);
  });

  test('the one at fault is named', () => {
    expect(judgeCdcTopics(facts([1, 3]))[0]?.found).toBe('producer.app_producer.t1 has 3 partitions.');
  });
});

describe('a group', () => {
  const topics = [topic('raw_orders', [[100, 200]])];
  const group = (committed: Record<string, number>, members: number, metadata = '') =>
    judgeGroup({
      group: 'etl-workers',
      topics,
      committed: new Map(Object.entries(committed).map(([key, offset]) => [key, { offset, metadata }])),
      members,
    });

  test.each([
    [
      'at the end, with a consumer',
      { 'raw_orders/0': 200 },
      1,
      '0 records wait for etl-workers, which has 1 consumer.',
    ],
    ['behind', { 'raw_orders/0': 199 }, 2, '1 record waits for etl-workers, which has 2 consumers.'],
    ['that has committed nothing', {}, 1, '100 records wait for etl-workers, which has 1 consumer.'],
  ] as const)('%s', (_case, committed, members, found) => {
    expect(group(committed, members)).toEqual([{ level: 'ok', found }]);
  });

  test('without a consumer nothing arrives: a problem', () => {
    expect(levelsOf(group({ 'raw_orders/0': 200 }, 0))).toEqual(['problem']);
  });

  test('whose next records are gone: a problem that counts them', () => {
    const [gone, waiting] = group({ 'raw_orders/0': 60 }, 1);
    expect(gone).toMatchObject({ level: 'problem' });
    expect(gone?.found).toContain('40 offsets of raw_orders/0');
    expect(waiting?.found).toContain('100 records wait');
  });

  test('whose offset belongs to an earlier topic of the name: it counts as none', () => {
    expect(group({ 'raw_orders/0': 60 }, 1, 'another-id')).toEqual(group({}, 1));
    expect(group({ 'raw_orders/0': 150 }, 1, id)[0]?.found).toContain('50 records wait');
  });
});

test('a broker that sends its clients to an address that cannot be reached', () => {
  const findings = judgeAdvertised([
    { address: 'kafka:29092', failure: 'getaddrinfo ENOTFOUND kafka' },
    { address: 'localhost:9092', failure: null },
  ]);
  expect(findings).toMatchObject([
    { level: 'problem', found: 'Kafka sends its clients to kafka:29092, which cannot be reached from here.' },
  ]);
  expect(levelsOf(judgeAdvertised([{ address: 'localhost:9092', failure: null }]))).toEqual(['ok']);
});
