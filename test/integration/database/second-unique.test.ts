import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyedSchema } from '../../../src/backfill/plan-source.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { withBothTables } from '../../../src/verify/open-tables.ts';
import { openSchemas, type SchemasFixture } from './schemas-fixture.ts';

let fixture: SchemasFixture;
beforeAll(async () => {
  fixture = await openSchemas();
});
afterAll(() => fixture.close());

const inSource = (sql: string) => fixture.inSource(sql);
const keyNow = async (table: string) => (await fixture.updater.update(fixture.source.database, table))?.key;

/** By name, the new index would be taken for the key: `a_second` comes before `z_former`. */
async function withSecondUnique(table: string): Promise<void> {
  await inSource(`CREATE TABLE ${table} (z INT NOT NULL, a INT NOT NULL, UNIQUE KEY z_former (z))`);
  expect(await keyNow(table)).toEqual(['z']);
  await inSource(`ALTER TABLE ${table} ADD UNIQUE KEY a_second (a)`);
}

test('a second unique index leaves the key what it was, for the replica, a backfill and a verification', async () => {
  await withSecondUnique('two_keys');
  expect(await keyNow('two_keys')).toEqual(['z']);
  const planned = await withConnection(fixture.source, (connection) =>
    keyedSchema(connection, fixture, 'two_keys', { low: ['1'], high: ['9'] }),
  );
  expect(planned.key).toEqual(['z']);
  const name = { database: fixture.source.database, table: 'two_keys' };
  const compared = await withBothTables(fixture, name, (left, right) =>
    Promise.resolve([left.schema.key, right.target.key.map(({ name }) => name)]),
  );
  expect(compared).toEqual([['z'], ['z']]);
});

test('once the former key is none any more, the table is paused, and goes on when it is back', async () => {
  await withSecondUnique('lost_key');
  await inSource('ALTER TABLE lost_key DROP KEY z_former');
  await expect(keyNow('lost_key')).rejects.toMatchObject({
    code: 'TABLE_PAUSED',
    message: expect.stringContaining('has the key (a) now, its replica the key (z)') as string,
  });
  await inSource('ALTER TABLE lost_key ADD UNIQUE KEY z_again (z)');
  expect(await keyNow('lost_key')).toEqual(['z']);
});

test('a former key that takes NULL tells no rows apart', async () => {
  await withSecondUnique('nullable_key');
  await inSource('ALTER TABLE nullable_key MODIFY z INT NULL');
  await expect(keyNow('nullable_key')).rejects.toMatchObject({ code: 'TABLE_PAUSED' });
});
