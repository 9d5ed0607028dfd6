import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/kafka.ts';
import {
  connectGroupKafka,
  gate,
  numbers,
  sorted,
  startMember,
  type GroupKafka,
  World,
} from './group-fixture.ts';

let kafka: GroupKafka;

beforeAll(async () => {
  kafka = await connectGroupKafka();
});
afterAll(async () => {
  await kafka.close();
});

describe('group consumer', () => {
  test('every record of every partition is in exactly one batch, in order, and committed', async () => {
    const topic = await kafka.createTopic('order', 3);
    const group = kafka.name('group');
    await kafka.send(topic, numbers(0, 1000));
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
      expect(await kafka.committed(group, topic, partition)).toBe(batches.at(-1)!.batch.last + 1);
    }
  });

  test('a single record at rest does not wait for others', async () => {
    const topic = await kafka.createTopic('rest');
    const group = kafka.name('group');
    const world = new World();
    const limits = { lingerMs: 3_600_000 };
    const member = await startMember(kafka, world, 'a', { topics: [topic], group, limits });
    await eventually('partition assigned', () => member.state().length === 1);
    for (let i = 0; i < 5; i++) {
      await kafka.send(topic, [String(i)]);
      await eventually('it is committed', async () => (await kafka.committed(group, topic)) === i + 1);
      await new Promise((resolve) => setTimeout(resolve, 60)); // until the member has heard of it
    }
    await member.stop();
    expect(world.seen.map(({ batch }) => batch.rows)).toEqual([1, 1, 1, 1, 1]);
  });

  test('a partition that is held does not hold the others, and its queue is bounded', async () => {
    const topic = await kafka.createTopic('held', 2);
    const world = new World();
    const { held, release } = gate();
    const member = await startMember(kafka, world, 'a', {
      topics: [topic],
      group: kafka.name('group'),
      work: ({ partition }) => (partition === 0 ? held : Promise.resolve()),
    });
    await eventually('partitions assigned', () => member.state().length === 2);
    await kafka.send(topic, numbers(0, 2000), 0);
    await kafka.send(topic, numbers(0, 2000), 1);
    await eventually('the other moves', () => world.values(topic).length === 2000);
    const [first] = member.state();
    expect(first).toMatchObject({ partition: 0, inFlight: { first: 0 }, paused: 'full' });
    const oldest = world.seen.find(({ batch }) => batch.partition === 0)!.records[0]!;
    expect(first!.oldestTimestamp).toBe(oldest.timestamp);
    release();
    await eventually('both are through', () => world.values(topic).length === 4000);
    await eventually('nothing waits', () =>
      member.state().every(({ oldestTimestamp }) => oldestTimestamp === null),
    );
    await member.stop();
    expect(world.overlaps).toBe(0);
  });

  test('a run that ended elsewhere than its batch moves the position there', async () => {
    const topic = await kafka.createTopic('elsewhere');
    const world = new World();
    await kafka.send(topic, numbers(0, 350));
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
    await eventually('committed to the end', async () => (await kafka.committed(group, topic)) === 350);
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
        await kafka.send(topic, numbers(sent, sent + 300));
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
    const { held, release } = gate();
    await kafka.send(topic, numbers(0, 50));
    const a = await startMember(kafka, world, 'a', {
      topics: [topic],
      group,
      work: () => held,
      limits: { graceMs: 300 },
    });
    await eventually('a batch is in flight', () => world.seen.length === 1);
    await a.stop();
    expect(await kafka.committed(group, topic)).toBeUndefined();
    const b = await startMember(kafka, world, 'b', { topics: [topic], group });
    await eventually('b attaches', () => b.state()[0]?.inFlight?.first === 0);
    release();
    await eventually('b commits', async () => (await kafka.committed(group, topic)) === 50);
    await b.stop();
    expect(world.seen.length).toBe(1);
  });

  test(
    'no rejoin while everything is held for longer than the session timeout',
    { timeout: 120_000 },
    async () => {
      const topic = await kafka.createTopic('patience', 2);
      const group = kafka.name('group');
      const world = new World();
      const { held, release } = gate();
      const member = await startMember(kafka, world, 'a', { topics: [topic], group, work: () => held });
      await eventually('partitions assigned', () => member.state().length === 2);
      await kafka.send(topic, numbers(0, 2000));
      await eventually('all is full', () => member.state().every(({ paused }) => paused === 'full'));
      const { groups: before } = await kafka.admin.describeGroups([group]);
      await new Promise((resolve) => setTimeout(resolve, 40_000));
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
