import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { committedOffsets } from '../../../src/kafka/committed-offsets.ts';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import { connectTestKafka, eventually, type TestKafka } from '../../support/kafka.ts';
import { startMember, World } from './group-fixture.ts';

let kafka: TestKafka;
let producer: TopicProducer;

beforeAll(async () => {
  kafka = await connectTestKafka();
  producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger);
});
afterAll(async () => {
  await producer.close();
  await kafka.close();
});

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}
async function send(topic: string, values: readonly string[], partition?: number): Promise<void> {
  await producer.publish(
    topic,
    values.map((value) => ({ key: value, value, ...(partition !== undefined && { partition }) })),
  );
}
async function committed(group: string, topic: string, partition = 0): Promise<number | undefined> {
  const offsets = await committedOffsets(kafka.brokers, group, new Map([[topic, [partition]]]));
  return offsets.get(`${topic}/${partition}`)?.offset;
}
function sorted(values: readonly string[]): string[] {
  return [...values].sort((a, b) => Number(a) - Number(b));
}

describe('group consumer', () => {
  test('every record of every partition is in exactly one batch, in order, and committed', async () => {
    const topic = await kafka.createTopic('order', 3);
    const group = kafka.name('group');
    await send(topic, numbers(0, 1000));
    const world = new World();
    const member = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('all arrive', () => world.values(topic).length === 1000);
    await member.stop();
    expect(sorted(world.values(topic))).toEqual(numbers(0, 1000));
    for (const partition of [0, 1, 2]) {
      const batches = world.seen.filter(({ batch }) => batch.partition === partition);
      expect(batches[0]!.batch.first).toBe(0);
      for (const [index, { batch, offsets }] of batches.entries()) {
        expect(batch.rows).toBe(offsets.length);
        expect(batch.rows).toBeLessThanOrEqual(100);
        if (index > 0) expect(batch.first).toBe(batches[index - 1]!.batch.last + 1);
      }
      expect(await committed(group, topic, partition)).toBe(batches.at(-1)!.batch.last + 1);
    }
  });

  test('a single record at rest is handed over within milliseconds', async () => {
    const topic = await kafka.createTopic('rest');
    const world = new World();
    const member = await startMember(kafka, world, 'a', { topics: [topic], group: kafka.name('group') });
    await eventually('partition assigned', () => member.state().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      await send(topic, [String(i)]);
      const sent = performance.now();
      while (world.seen.length <= i) await new Promise((resolve) => setTimeout(resolve, 1));
      waits.push(performance.now() - sent);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await member.stop();
    waits.sort((a, b) => a - b);
    expect(waits[10]).toBeLessThan(50);
  });

  test('a partition that is held does not hold the others, and its queue is bounded', async () => {
    const topic = await kafka.createTopic('held', 2);
    const world = new World();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const member = await startMember(kafka, world, 'a', {
      topics: [topic],
      group: kafka.name('group'),
      work: ({ partition }) => (partition === 0 ? held : Promise.resolve()),
    });
    await eventually('partitions assigned', () => member.state().length === 2);
    await send(topic, numbers(0, 2000), 0);
    await send(topic, numbers(0, 2000), 1);
    await eventually('the other moves', () => world.values(topic).length === 2000);
    const [first] = member.state();
    expect(first).toMatchObject({ partition: 0, inFlight: { first: 0 }, paused: 'full' });
    release();
    await eventually('both are through', () => world.values(topic).length === 4000);
    await member.stop();
    expect(world.overlaps).toBe(0);
  });

  test('a run that ended elsewhere than its batch moves the position there', async () => {
    const topic = await kafka.createTopic('elsewhere');
    const world = new World();
    await send(topic, numbers(0, 350));
    // Earlier runs of the same first offsets: one ended before its batch, one after.
    const ends = new Map([
      [0, 39],
      [40, 249],
    ]);
    const run = world.run.bind(world);
    world.run = async (...args) => {
      const { last } = await run(...args);
      return { last: ends.get(args[1].first) ?? last };
    };
    const group = kafka.name('group');
    const member = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('committed to the end', async () => (await committed(group, topic)) === 350);
    await member.stop();
    expect(world.seen.map(({ batch }) => batch.first)).toEqual([0, 40, 250]);
    expect(world.seen[1]!.offsets[0]).toBe(40);
    expect(world.seen[2]!.offsets[0]).toBe(250);
  });

  test('two members share the partitions and hand over without a lost or doubly running range', async () => {
    const topic = await kafka.createTopic('share', 4);
    const group = kafka.name('group');
    const world = new World();
    const work = () => new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    let sent = 0;
    const sending = (async () => {
      while (sent < 12_000) {
        await send(topic, numbers(sent, sent + 300));
        sent += 300;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const a = await startMember(kafka, world, 'a', { topics: [topic], group, work });
    await eventually('a works', () => world.seen.length > 3);
    const b = await startMember(kafka, world, 'b', { topics: [topic], group, work });
    await eventually('both work', () => world.seen.some(({ member }) => member === 'b'));
    await eventually('each has two', () => a.state().length === 2 && b.state().length === 2);
    await a.stop();
    const c = await startMember(kafka, world, 'c', { topics: [topic], group, work });
    await sending;
    await eventually('all arrive', () => new Set(world.values(topic)).size === sent, 60_000);
    await b.stop();
    await c.stop();
    expect(world.overlaps).toBe(0);
    expect(world.values(topic).length).toBe(sent);
  });

  test('a batch that outlives the grace time is handed over uncommitted, and the next owner attaches to it', async () => {
    const topic = await kafka.createTopic('grace');
    const group = kafka.name('group');
    const world = new World();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await send(topic, numbers(0, 50));
    const a = await startMember(kafka, world, 'a', {
      topics: [topic],
      group,
      work: () => held,
      limits: { graceMs: 300 },
    });
    await eventually('a batch is in flight', () => world.seen.length === 1);
    await a.stop();
    expect(await committed(group, topic)).toBeUndefined();
    const b = await startMember(kafka, world, 'b', { topics: [topic], group });
    await eventually('b attaches', () => b.state()[0]?.inFlight?.first === 0);
    release();
    await eventually('b commits', async () => (await committed(group, topic)) === 50);
    await b.stop();
    expect(world.seen.length).toBe(1);
  });

  test('a topic that is made again under a running consumer is noticed and read from its start in a new epoch', async () => {
    const topic = await kafka.createTopic('again');
    const group = kafka.name('group');
    const world = new World();
    await send(topic, numbers(0, 100));
    const member = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('the first topic is read', async () => (await committed(group, topic)) === 100);
    await kafka.admin.deleteTopics({ topics: [topic] });
    await eventually('it is gone', async () => !(await kafka.brokers.metadata([topic])).has(topic));
    await kafka.admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await send(topic, numbers(1000, 1200));
    await eventually('the second topic is read', () => world.values(topic, 2).length === 200, 30_000);
    await member.stop();
    expect(world.values(topic, 1)).toEqual(numbers(0, 100));
    expect(world.values(topic, 2)).toEqual(numbers(1000, 1200));
    expect(world.gaps).toEqual([]);
  });

  test('a topic that does not exist yet is waited for, and never created by consuming', async () => {
    const topic = kafka.name('later');
    const world = new World();
    const member = await startMember(kafka, world, 'a', { topics: [topic], group: kafka.name('group') });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(member.missingTopics()).toEqual([topic]);
    expect((await kafka.brokers.metadata([topic])).has(topic)).toBe(false);
    await kafka.admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await send(topic, ['1']);
    await eventually('it is read', () => world.values(topic).length === 1);
    await member.stop();
    await kafka.admin.deleteTopics({ topics: [topic] });
  });

  test('a committed offset below the log is a recorded gap', async () => {
    const topic = await kafka.createTopic('gap');
    const group = kafka.name('group');
    const world = new World();
    await send(topic, numbers(0, 100));
    const a = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('read', async () => (await committed(group, topic)) === 100);
    await a.stop();
    await send(topic, numbers(100, 300));
    await kafka.deleteRecords(topic, 0, 250);
    const b = await startMember(kafka, world, 'b', { topics: [topic], group });
    await eventually('the rest is read', async () => (await committed(group, topic)) === 300);
    await b.stop();
    expect(world.gaps).toMatchObject([{ topic, partition: 0, epoch: 1, first: 100, last: 249 }]);
    expect(world.values(topic)).toEqual([...numbers(0, 100), ...numbers(250, 300)]);
  });

  test('retention that overtakes a running consumer is a recorded gap', async () => {
    const topic = await kafka.createTopic('overtaken');
    const group = kafka.name('group');
    const world = new World();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await send(topic, numbers(0, 1000));
    const member = await startMember(kafka, world, 'a', {
      topics: [topic],
      group,
      work: () => held,
      limits: { maxRows: 10, maxQueuedBytes: 1 },
    });
    await send(topic, Array<string>(100).fill('x'.repeat(80_000)));
    await eventually('the queue is full', () => member.state()[0]?.paused === 'full');
    await send(topic, numbers(2000, 2010));
    await kafka.deleteRecords(topic, 0, 1100);
    release();
    await eventually('the end is committed', async () => (await committed(group, topic)) === 1110, 40_000);
    await member.stop();
    expect(world.gaps).toHaveLength(1);
    expect(world.gaps[0]!.last).toBe(1099);
    const before = world.seen.filter(({ batch }) => batch.last < world.gaps[0]!.first);
    expect(before.length + 1).toBe(world.seen.length);
    expect(world.seen.at(-1)!.batch.first).toBe(1100);
  });

  test('new partitions wait for the older ones, and then are read from their start', async () => {
    const topic = await kafka.createTopic('grown');
    const group = kafka.name('group');
    const world = new World();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const a = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('assigned', () => a.state().length === 1);
    await a.stop();
    await send(topic, numbers(0, 50), 0);
    await kafka.admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    await eventually(
      'two',
      async () => (await kafka.brokers.metadata([topic])).get(topic)?.leaders.length === 2,
    );
    await producer.close();
    producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger);
    await send(topic, numbers(100, 150), 1);
    const b = await startMember(kafka, world, 'b', { topics: [topic], group, work: () => held });
    await eventually('the older one runs', () => world.seen.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(world.seen.every(({ batch }) => batch.partition === 0)).toBe(true);
    release();
    await eventually('all arrive', () => world.values(topic).length === 100);
    await b.stop();
    expect(world.seen.at(-1)!.batch).toMatchObject({ partition: 1, first: 0 });
  });

  test(
    'no rejoin while everything is held for longer than the session timeout',
    { timeout: 120_000 },
    async () => {
      const topic = await kafka.createTopic('patience', 2);
      const group = kafka.name('group');
      const world = new World();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const member = await startMember(kafka, world, 'a', { topics: [topic], group, work: () => held });
      await eventually('partitions assigned', () => member.state().length === 2);
      await send(topic, numbers(0, 2000));
      await eventually('all is full', () => member.state().every(({ paused }) => paused === 'full'));
      const { groups: before } = await kafka.admin.describeGroups([group]);
      await new Promise((resolve) => setTimeout(resolve, 65_000));
      const { groups: after } = await kafka.admin.describeGroups([group]);
      expect(after[0]).toMatchObject({ state: 'Stable' });
      expect(after[0]!.members.map(({ memberId }) => memberId)).toEqual(
        before[0]!.members.map(({ memberId }) => memberId),
      );
      release();
      await eventually('all arrive', () => world.values(topic).length === 2000);
      await member.stop();
      expect(world.seen.every(({ member: name }) => name === 'a')).toBe(true);
      expect(world.overlaps).toBe(0);
    },
  );
});
