import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import type { TargetTable } from '../../../src/pipelines/pipeline.ts';
import { unsignedKey } from '../../../src/pipelines/orders/target-row.ts';
import { apply, put, remove, type Step } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';

const table: TargetTable = {
  name: 'five',
  key: [unsignedKey('id')],
  columns: [{ name: 'body', role: 'data' }],
  versionColumns: ['a', 'b', 'c', 'd', 'e'],
};

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase());
  const numbers = table.versionColumns.map((name) => `${name} BIGINT NOT NULL DEFAULT 0`).join(', ');
  await database.$executeRawUnsafe(
    `CREATE TABLE five (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, body VARCHAR(200) NULL, ${numbers})`,
  );
});
afterAll(() => close());

/** Few numbers, so that tuples meet in every column; great ones, which a server may cut to 32 bits. */
const number = fc.constantFrom(-1, 0, 2 ** 32, 2 ** 51, 2 ** 51 + 1);
const version = fc.tuple(...Array.from({ length: 5 }, () => number));
const step = fc.record({ key: fc.integer({ min: 1, max: 3 }), version, gone: fc.boolean() });
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

/** A version names one change: the body is made from it, and deletes have versions of their own (an even sum). */
function toStep({ key, version, gone }: { key: number; version: number[]; gone: boolean }): Step {
  const numbers = [...version.slice(0, 4), version[4]! * 2 + (gone ? 0 : 1)];
  return gone ? remove(key, numbers) : put(key, numbers, { body: `${key}:${numbers.join(',')}` });
}

function newestOf(steps: readonly Step[]): Record<string, string> {
  const newest = new Map<string, Extract<Step, { version: unknown }>>();
  for (const change of steps) {
    if (!('version' in change)) continue;
    const [key = ''] = change.key;
    const other = newest.get(key);
    if (other === undefined || isNewer(change.version, other.version)) newest.set(key, change);
  }
  const rows = [...newest].filter(([, change]) => change.kind === 'upsert');
  return Object.fromEntries(rows.map(([key, { version: numbers }]) => [key, `${key}:${numbers.join(',')}`]));
}

function isNewer(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && a[at]! > b[at]!;
}

test('whatever the order, cut and repetition of batches: the newest change of every key stands', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (batches, rewrite) => {
      await database.$executeRawUnsafe('DELETE FROM five');
      await database.$executeRawUnsafe('DELETE FROM etl_fences');
      const applied: Step[] = [];
      for (const batch of [...batches, ...batches.toReversed()]) {
        const steps = batch.map(toStep);
        applied.push(...steps);
        const { counts } = await apply(database, steps, { table, pipeline: 'five', rewrite });
        const { rows, ...outcomes } = counts;
        expect(Object.values(outcomes).reduce((sum, figure) => sum + figure, 0)).toBe(rows);
        const found = await database.$queryRawUnsafe<{ id: string; body: string; version: string }[]>(
          "SELECT CAST(id AS CHAR) id, body, CONCAT(id, ':', CONCAT_WS(',', a, b, c, d, e)) version FROM five",
        );
        expect(Object.fromEntries(found.map(({ id, body }) => [id, body]))).toEqual(newestOf(applied));
        for (const row of found) expect(row.version).toBe(row.body);
      }
    }),
    { numRuns: 60 },
  );
});
