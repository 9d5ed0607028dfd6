import { afterAll, beforeAll, expect, test } from 'vitest';
import { listTableStates } from '../../../src/metadata/table-states.ts';
import { openSchemas, type SchemasFixture } from './schemas-fixture.ts';

let fixture: SchemasFixture;
beforeAll(async () => {
  fixture = await openSchemas();
});
afterAll(() => fixture.close());

const refresh = (table: string) => fixture.updater.update(fixture.source.database, table);

async function stateOf(name: string) {
  const { state, loads } = (await listTableStates(fixture.database)).find(({ table }) => table === name)!;
  return { state, loads };
}

test('a refused table that is looked at again and again asks for one load, which it owes once it fits', async () => {
  // As wide as a row may be: with the columns of its replica more it cannot be created.
  await fixture.inSource('CREATE TABLE wide (id INT PRIMARY KEY, v VARBINARY(65520))');
  for (let looks = 0; looks < 3; looks += 1) {
    await expect(refresh('wide')).rejects.toMatchObject({
      code: 'TABLE_PAUSED',
      message: expect.stringContaining('cannot be created') as string,
    });
    expect(await stateOf('wide')).toEqual({ state: 'refused', loads: 1 });
  }
  await fixture.inSource('ALTER TABLE wide MODIFY v VARBINARY(100)');
  await refresh('wide');
  expect(await stateOf('wide')).toEqual({ state: 'loading', loads: 1 });
});

test('a table that was refused for its key asks for its first load when it has one', async () => {
  await fixture.inSource('CREATE TABLE keyless (a INT NOT NULL)');
  for (let looks = 0; looks < 2; looks += 1)
    await expect(refresh('keyless')).rejects.toThrow('no primary key');
  expect(await stateOf('keyless')).toEqual({ state: 'refused', loads: 0 });
  await fixture.inSource('ALTER TABLE keyless ADD PRIMARY KEY (a)');
  await refresh('keyless');
  expect(await stateOf('keyless')).toEqual({ state: 'loading', loads: 1 });
});
