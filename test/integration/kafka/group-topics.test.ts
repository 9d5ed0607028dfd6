/** What becomes of topics and logs under a group consumer: made later, made again, grown, cut off. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/kafka.ts';
import { connectGroupKafka, gate, numbers, startMember, type GroupKafka, World } from './group-fixture.ts';

let kafka: GroupKafka;

beforeAll(async () => {
  kafka = await connectGroupKafka();
});
afterAll(async () => {
  await kafka.close();
});

describe('group consumer and its topics', () => {
  test('a topic that is made again under a running consumer is noticed and read from its start in a new epoch', async () => {
    const topic = await kafka.createTopic('again');
    const group = kafka.name('group');
    const world = new World();
    await kafka.send(topic, numbers(0, 100));
    const member = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('the first topic is read', async () => (await kafka.committed(group, topic)) === 100);
    await kafka.deleteTopic(topic);
    await kafka.createTopics([topic]);
    await kafka.send(topic, numbers(1000, 1200));
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
    await kafka.createTopics([topic]);
    await kafka.send(topic, ['1']);
    await eventually('it is read', () => world.values(topic).length === 1);
    await member.stop();
  });

  test('a committed offset below the log is a recorded gap', async () => {
    const topic = await kafka.createTopic('gap');
    const group = kafka.name('group');
    const world = new World();
    await kafka.send(topic, numbers(0, 100));
    const a = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('read', async () => (await kafka.committed(group, topic)) === 100);
    await a.stop();
    await kafka.send(topic, numbers(100, 300));
    await kafka.deleteRecords(topic, 0, 250);
    const b = await startMember(kafka, world, 'b', { topics: [topic], group });
    await eventually('the rest is read', async () => (await kafka.committed(group, topic)) === 300);
    await b.stop();
    expect(world.gaps).toMatchObject([{ topic, partition: 0, epoch: 1, first: 100, last: 249 }]);
    expect(world.values(topic)).toEqual([...numbers(0, 100), ...numbers(250, 300)]);
  });

  test('retention that overtakes a running consumer is a recorded gap', async () => {
    const topic = await kafka.createTopic('overtaken');
    const group = kafka.name('group');
    const world = new World();
    const { held, release } = gate();
    await kafka.send(topic, numbers(0, 1000));
    const member = await startMember(kafka, world, 'a', {
      topics: [topic],
      group,
      work: () => held,
      limits: { maxRows: 10, maxQueuedBytes: 1 },
    });
    await kafka.send(topic, Array<string>(100).fill('x'.repeat(80_000)));
    await eventually('the queue is full', () => member.state()[0]?.paused === 'full');
    await kafka.send(topic, numbers(2000, 2010));
    await kafka.deleteRecords(topic, 0, 1100);
    release();
    await eventually(
      'the end is committed',
      async () => (await kafka.committed(group, topic)) === 1110,
      40_000,
    );
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
    const { held, release } = gate();
    const a = await startMember(kafka, world, 'a', { topics: [topic], group });
    await eventually('assigned', () => a.state().length === 1);
    await a.stop();
    await kafka.send(topic, numbers(0, 50), 0);
    await kafka.admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    await eventually(
      'two',
      async () => (await kafka.brokers.metadata([topic])).get(topic)?.leaders.length === 2,
    );
    await kafka.renewProducer();
    await kafka.send(topic, numbers(100, 150), 1);
    const b = await startMember(kafka, world, 'b', { topics: [topic], group, work: () => held });
    await eventually('the older one runs', () => world.seen.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(world.seen.every(({ batch }) => batch.partition === 0)).toBe(true);
    release();
    await eventually('all arrive', () => world.values(topic).length === 100);
    await b.stop();
    expect(world.seen.at(-1)!.batch).toMatchObject({ partition: 1, first: 0 });
  });
});
