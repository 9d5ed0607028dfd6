import { describe, expect, test } from 'vitest';
import { orders } from '../../../../src/pipelines/orders/orders.ts';
import { ExpectedResult, expectedRow } from '../../../../src/lab/simulator/expected-result.ts';
import { phpText } from '../../../../src/lab/simulator/php-json.ts';
import { poisons } from '../../../../src/lab/simulator/poison.ts';
import { firstSimulatedId, simulateOrders } from '../../../../src/lab/simulator/simulate-orders.ts';
import { recordOf, stamp } from '../../pipelines/orders/support/order-fixture.ts';

const options = { count: 5000, seed: 7, badShare: 0.1, repeatShare: 0.2 };

describe('the order simulator', () => {
  test('sends the same bytes for the same seed, others for another', () => {
    const bytes = (seed: number) =>
      [...simulateOrders({ ...options, count: 200, seed })].map(({ value, headers }) => [
        value.toString('hex'),
        headers,
      ]);
    expect(bytes(1)).toEqual(bytes(1));
    expect(bytes(1)).not.toEqual(bytes(2));
  });

  test('tells the truth about every message', () => {
    for (const { value, truth } of simulateOrders(options)) {
      const outcome = orders.transform(recordOf(value), stamp);
      if (truth.kind === 'good')
        expect(outcome).toMatchObject({ kind: 'upsert', row: expectedRow(truth.draft) });
      else expect(outcome).toMatchObject({ kind: 'dead', code: truth.code });
    }
  });

  test('sends every kind of poison, and each in about the share that was asked for', () => {
    const all = [...simulateOrders(options)];
    const sent = new Set(all.flatMap(({ truth }) => (truth.kind === 'bad' ? [truth.poison] : [])));
    expect([...sent].sort()).toEqual(poisons.map(({ name }) => name).sort());
    const bad = all.filter(({ truth }) => truth.kind === 'bad').length;
    expect(bad / all.length).toBeCloseTo(options.badShare, 1);
  });

  test('begins beyond 2^53 and repeats ids in newer and in older versions, never in the same one', () => {
    const versions = new Map<bigint, number[]>();
    for (const { truth } of simulateOrders(options)) {
      if (truth.kind === 'bad') continue;
      expect(truth.draft.id).toBeGreaterThanOrEqual(firstSimulatedId);
      versions.set(truth.draft.id, [...(versions.get(truth.draft.id) ?? []), truth.draft.updatedAt]);
    }
    const repeated = [...versions.values()].filter((times) => times.length > 1);
    expect(repeated.some((times) => (times[1] ?? 0) > (times[0] ?? 0))).toBe(true);
    expect(repeated.some((times) => (times[1] ?? 0) < (times[0] ?? 0))).toBe(true);
    for (const times of repeated) expect(new Set(times).size).toBe(times.length);
  });

  test('knows what the table must hold: the newest version of each id by the transform itself', () => {
    const expected = new ExpectedResult();
    const table = new Map<string, { version: readonly number[]; row: Readonly<Record<string, string>> }>();
    let offset = 0;
    for (const order of simulateOrders(options)) {
      expected.add(order);
      const outcome = orders.transform(recordOf(order.value, { offset: offset++ }), stamp);
      if (outcome.kind !== 'upsert' || (outcome.row['order_no'] ?? '').length > 64) continue;
      const id = outcome.key.join();
      const known = table.get(id);
      if (!known || (known.version[0] ?? 0) < (outcome.version[0] ?? 0)) table.set(id, outcome);
    }
    expect(expected.sent).toBe(options.count);
    expect(expected.good + expected.bad).toBe(expected.sent);
    expect([...expected.badByCode.values()].reduce((sum, count) => sum + count, 0)).toBe(expected.bad);
    expect(expected.orders).toBe(table.size);
    for (const [id, row] of expected.rows()) expect(table.get(id)?.row).toMatchObject(row);
  });

  test('escapes as PHP does', () => {
    expect(phpText('a/b "c" \\ é 🙏\n')).toBe('"a\\/b \\"c\\" \\\\ \\u00e9 \\ud83d\\ude4f\\n"');
  });
});
