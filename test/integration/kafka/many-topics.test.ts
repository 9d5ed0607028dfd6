/** As many topics as a source has tables: each flows by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/kafka.ts';
import { connectGroupKafka, gate, numbers, startMember, type GroupKafka, World } from './group-fixture.ts';

let kafka: GroupKafka;

beforeAll(async () => {
  kafka = await connectGroupKafka();
});
afterAll(async () => {
  await kafka.close();
});

test('of 200 topics those that are held do not hold the others, and their queues are bounded', async () => {
  const { topic, topicPattern } = kafka.family('many');
  const names = numbers(0, 200).map(topic);
  const stuck = new Set(names.filter((_name, index) => index % 10 === 0));
  const others = names.filter((name) => !stuck.has(name));
  const { held, release } = gate();
  await kafka.createTopics(names);
  const world = new World();
  const share = 65_536;
  const member = await startMember(kafka, world, 'a', {
    topicPattern,
    group: kafka.name('group'),
    work: ({ topic: name }) => (stuck.has(name) ? held : Promise.resolve()),
    limits: { maxQueuedBytes: names.length * share, maxRows: 1_000 },
  });
  await eventually('all are assigned', () => member.state().length === 200);
  const text = 'x'.repeat(1_000);
  for (let round = 0; round < 20; round++) {
    for (const name of stuck)
      await kafka.send(
        name,
        numbers(0, 20).map((value) => value + text),
      );
  }
  const waiting = () => member.state().filter((each) => stuck.has(each.topic));
  await eventually('what is held is full', () => waiting().every(({ paused }) => paused === 'full'));
  for (const name of others) await kafka.send(name, numbers(0, 10));
  await eventually('the others are read', () => others.every((name) => world.values(name).length === 10));

  // Two fetches beyond the share at most, of batches of 40 kB each: the key is as long as the value.
  for (const { queuedBytes, inFlight } of waiting()) {
    expect(inFlight).not.toBeNull();
    expect(queuedBytes).toBeLessThanOrEqual(share * 3);
  }

  await kafka.createTopics([topic('late')]);
  await kafka.send(topic('late'), numbers(0, 10));
  await eventually('a new one is read', () => world.values(topic('late')).length === 10);
  for (const name of others) await kafka.send(name, numbers(10, 20));
  await eventually('the others are read on', () =>
    others.every((name) => new Set(world.values(name)).size === 20),
  );
  expect(waiting().every(({ inFlight }) => inFlight !== null)).toBe(true);
  release();
  await eventually('all is read', () => [...stuck].every((name) => world.values(name).length >= 400), 60_000);
  await member.stop();
  expect(world.overlaps).toBe(0);
});
