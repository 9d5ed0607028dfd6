/** A pipeline that reads every topic of a pattern: topics come and go under a running consumer. */
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

describe('topics of a pattern', () => {
  test('a new one is read while the process runs, and the others lose nothing', async () => {
    const { prefix, topic, topicPattern } = kafka.family('new');
    const [old, added] = [topic('old'), topic('added')];
    const strangers = [`other.${prefix}.x`, `${prefix}.x.dlq`, prefix];
    const group = kafka.name('group');
    const world = new World();
    await kafka.createTopics([old, ...strangers]);
    const member = await startMember(kafka, world, 'a', { topicPattern, group });
    await eventually('the first is assigned', () => member.state().length === 1);
    const sessionsBefore = world.sessions.get(old)!;
    let sent = 0;
    const sendOld = async () => {
      await kafka.send(old, numbers(sent, sent + 50));
      sent += 50;
    };
    await kafka.createTopics([added]);
    for (const name of [added, ...strangers]) await kafka.send(name, numbers(0, 10));
    await eventually('the new one is read', async () => {
      await sendOld();
      return world.values(added).length === 10;
    });
    await sendOld();
    await eventually('the end is committed', async () => (await kafka.committed(group, old)) === sent);
    expect(member.state().map((each) => each.topic)).toEqual([added, old]);
    expect(member.missingTopics()).toEqual([]);
    await member.stop();
    expect([...new Set(world.values(old))]).toEqual(numbers(0, sent));
    expect(world.sessions.get(old)).toBe(sessionsBefore + 1);
    expect(world.overlaps).toBe(0);
    expect(new Set(world.seen.map(({ batch }) => batch.topic))).toEqual(new Set([old, added]));
    for (const name of strangers) expect(await kafka.committed(group, name)).toBeUndefined();
  });

  test('a batch in flight goes on when a new one appears, and is committed by the next session', async () => {
    const { topic, topicPattern } = kafka.family('flight');
    const [held, added] = [topic('held'), topic('added')];
    const group = kafka.name('group');
    const world = new World();
    const { held: until, release } = gate();
    await kafka.createTopics([held]);
    await kafka.send(held, numbers(0, 50));
    const work = (batch: { topic: string }) => (batch.topic === held ? until : Promise.resolve());
    const member = await startMember(kafka, world, 'a', { topicPattern, group, work });
    await eventually('a batch is in flight', () => world.seen.length === 1);
    await kafka.createTopics([added]);
    await kafka.send(added, numbers(0, 10));
    await eventually('the new one is read', () => world.values(added).length === 10);
    await eventually('the batch is found again', () =>
      member.state().some(({ topic: name, inFlight }) => name === held && inFlight?.first === 0),
    );
    release();
    await eventually('it is committed', async () => (await kafka.committed(group, held)) === 50);
    await member.stop();
    expect(world.seen.filter(({ batch }) => batch.topic === held)).toHaveLength(1);
  });

  test('one that is deleted is not missed, and made again it is read from its start', async () => {
    const { topic, topicPattern } = kafka.family('gone');
    const [stays, goes] = [topic('stays'), topic('goes')];
    const group = kafka.name('group');
    const world = new World();
    await kafka.createTopics([stays, goes]);
    const member = await startMember(kafka, world, 'a', { topicPattern, group });
    await kafka.send(goes, numbers(0, 10));
    await eventually('both are read', async () => (await kafka.committed(group, goes)) === 10);
    await kafka.deleteTopic(goes);
    await kafka.send(stays, numbers(0, 10));
    await eventually('the other is read on', () => world.values(stays).length === 10);
    await eventually(
      'it is no longer read',
      () =>
        member
          .state()
          .map((each) => each.topic)
          .join() === stays,
    );
    expect(member.missingTopics()).toEqual([]);
    await kafka.createTopics([goes]);
    await kafka.renewProducer();
    await kafka.send(goes, numbers(100, 120));
    await eventually('it is read again', () => world.values(goes, 2).length === 20);
    await member.stop();
    expect(world.values(goes, 2)).toEqual(numbers(100, 120));
    expect(world.gaps).toEqual([]);
  });

  test('none at all is waited for', async () => {
    const { topic, topicPattern } = kafka.family('none');
    const world = new World();
    const member = await startMember(kafka, world, 'a', { topicPattern, group: kafka.name('group') });
    await kafka.createTopics([topic('first')]);
    await kafka.send(topic('first'), numbers(0, 10));
    await eventually('it is read', () => world.values(topic('first')).length === 10);
    await member.stop();
  });

  test('twenty that are made one after the other cost a few sessions', async () => {
    const { topic, topicPattern } = kafka.family('migration');
    const group = kafka.name('group');
    const world = new World();
    await kafka.createTopics([topic('old')]);
    const a = await startMember(kafka, world, 'a', { topicPattern, group });
    const b = await startMember(kafka, world, 'b', { topicPattern, group });
    const sessions = () => world.sessions.get(topic('old')) ?? 0;
    await eventually('both have begun', () => sessions() >= 2 && a.state().length + b.state().length === 1);
    const before = sessions();
    const added = numbers(0, 20).map(topic);
    for (const name of added) {
      await kafka.createTopics([name]);
      await kafka.send(name, ['1']);
    }
    await eventually('all are read', () => added.every((name) => world.values(name).length > 0), 60_000);
    await eventually('they are shared', () => a.state().length > 0 && b.state().length > 0);
    await a.stop();
    await b.stop();
    // One more session of each member, and another one where the making took longer than a look.
    expect(sessions()).toBeLessThanOrEqual(before + 4);
    expect(world.overlaps).toBe(0);
    expect(world.seen.map(({ batch }) => batch.topic).sort()).toEqual([...added].sort());
  });
});
