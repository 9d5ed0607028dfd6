import { expect, test } from 'vitest';
import { Slots } from '../../cdc/slots.ts';
import { designsOf } from '../../cdc/mariadb-designs.ts';
import { changeKinds } from '../../cdc/schema-changes/kinds.ts';
import { createTable, quoted } from '../../cdc/tables.ts';
import { Workload, type SourceConnection } from '../../cdc/workload.ts';
import { Random } from '../../../src/lab/simulator/random.ts';

type Sent = { sql: string; values: unknown };

/** A source that takes everything and notes it; `fail` may refuse a statement. */
function recorder(fail: (sql: string, nth: number) => Error | null = () => null) {
  const sent: Sent[] = [];
  const recorded = new Set<unknown>();
  let open: unknown[] = [];
  const connect = (): Promise<SourceConnection> => {
    open = [];
    return Promise.resolve({
      query(sql, values) {
        sent.push({ sql, values });
        const error = fail(sql, sent.length);
        if (sql.startsWith('INSERT INTO workload_steps')) open.push((values as unknown[])[0]);
        // Like a server that commits and dies before it can say so.
        if (sql === 'COMMIT') for (const step of open.splice(0)) recorded.add(step);
        if (sql === 'ROLLBACK') open = [];
        if (error !== null) return Promise.reject(error);
        const asked = sql.startsWith('SELECT step') && recorded.has((values as unknown[])[0]);
        return Promise.resolve(asked ? [{ step: 1 }] : []);
      },
      end: () => Promise.resolve(),
      on: () => undefined,
    });
  };
  return { sent, place: { connect, database: 'shop' } };
}

async function statementsOf(seed: number, steps: number): Promise<Sent[]> {
  const { sent, place } = recorder();
  const workload = new Workload(seed, place, { largeRows: 50 });
  await workload.prepare();
  await workload.run((summary) => summary.steps === steps);
  return sent;
}

test('the same seed performs the same statements, another seed others', async () => {
  const first = await statementsOf(5, 400);
  expect(await statementsOf(5, 400)).toEqual(first);
  expect(await statementsOf(6, 400)).not.toEqual(first);
});

test('every kind of step and of statement occurs', { timeout: 30_000 }, async () => {
  const { sent, place } = recorder();
  const workload = new Workload(1, place, { largeRows: 50, changes: 0.2 });
  await workload.prepare();
  await workload.run((summary) => summary.steps === 3000);
  const { kinds } = workload.summary;
  const expected = [
    'large', 'large, rolled back', 'ordinary', 'ordinary, rolled back', 'partly taken back', 'part of another',
    ...changeKinds.filter(({ isOptional }) => isOptional !== true).map(({ name }) => name),
  ]; // prettier-ignore
  expect(expected.filter((name) => kinds[name] === undefined)).toEqual([]);
  expect(kinds).not.toHaveProperty('exchange columns');
  const text = sent.map(({ sql }) => sql).join('\n');
  for (const part of [
    'REPLACE INTO',
    'ON DUPLICATE KEY UPDATE',
    'INTO @one',
    'SET id = -id',
    'ROLLBACK TO SAVEPOINT',
  ])
    expect(text, part).toContain(part);
});

test('a step whose COMMIT was answered by a lost connection is not done twice', async () => {
  const lost = Object.assign(new Error('socket has unexpectedly been closed'), { errno: 45009 });
  let commits = 0;
  const { sent, place } = recorder((sql) => (sql === 'COMMIT' && ++commits === 3 ? lost : null));
  const workload = new Workload(2, place, { schemaChanges: false });
  await workload.prepare();
  const stepsSent = () => sent.filter(({ sql }) => sql.startsWith('INSERT INTO workload_steps')).length;
  await expect(workload.run(() => false)).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
  const before = { steps: workload.summary.steps, sent: stepsSent() };
  await workload.step();
  expect(workload.summary.steps).toBe(before.steps + 1);
  expect(workload.summary.repeated).toBe(1);
  expect(stepsSent()).toBe(before.sent);
});

test('a step that was cut off before its COMMIT is done again from its beginning', async () => {
  const lost = Object.assign(new Error('socket has unexpectedly been closed'), { errno: 45009 });
  let begins = 0;
  const { sent, place } = recorder((sql) => (sql === 'BEGIN' && ++begins === 4 ? lost : null));
  const undisturbed = await statementsOf(3, 12);
  const workload = new Workload(3, place, { largeRows: 50 });
  await workload.prepare();
  await expect(workload.run((summary) => summary.steps === 12)).rejects.toMatchObject({
    code: 'MYSQL_UNAVAILABLE',
  });
  await workload.run((summary) => summary.steps === 12);
  const cut = sent.findIndex(({ sql }) => sql.startsWith('SELECT step'));
  // The BEGIN that failed, the two statements of a new connection, and the question itself.
  expect([...sent.slice(0, cut - 3), ...sent.slice(cut + 1)]).toEqual(undisturbed);
});

test('a mistake names seed, step and statement', async () => {
  const refused = Object.assign(new Error('Duplicate entry'), { errno: 1062 });
  const { place } = recorder((sql) => (sql.startsWith('UPDATE') ? refused : null));
  const workload = new Workload(4, place);
  await workload.prepare();
  await expect(workload.run(() => false)).rejects.toThrow(
    /^seed 4, step \d+ \(.+\): Duplicate entry\nUPDATE/,
  );
});

test('slots hold what was added and not removed', () => {
  const slots = new Slots(50);
  const expected = new Set<number>();
  const random = new Random(9);
  for (let i = 0; i < 2000; i++) {
    for (const slot of random.chance(0.5) ? slots.present(random, 3) : []) {
      slots.remove(slot);
      expect(expected.delete(slot)).toBe(true);
    }
    for (const slot of slots.absent(random, 2)) {
      slots.add(slot);
      expect(expected.has(slot)).toBe(false);
      expected.add(slot);
    }
    expect(slots.size).toBe(expected.size);
  }
});

test.each(designsOf('mysql'))('$name: every slot has keys of its own', ({ key, columns, name }) => {
  expect(createTable({ name, key, columns })).toContain(`CREATE TABLE ${quoted(name)}`);
  if (key === null) return;
  const seen = new Map<string, number>();
  const shared: string[] = [];
  for (let slot = 0; slot < key.slots; slot++) {
    for (let variant = 0; variant < key.variants; variant++) {
      const values = key.at(slot, variant);
      if (values.length !== key.columns.length) shared.push(`slot ${slot} has ${values.length} values`);
      const written = values
        .map((part) => (Buffer.isBuffer(part) ? part.toString('hex') : String(part)))
        .join('|');
      if ((seen.get(written) ?? slot) !== slot) shared.push(written);
      seen.set(written, slot);
    }
  }
  expect(shared).toEqual([]);
});
