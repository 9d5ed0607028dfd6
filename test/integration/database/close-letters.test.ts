import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeByKey } from '../../../src/apply/close-by-key.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { closeRead } from '../../../src/process/close-letters.ts';
import { apply, createNotes, notesTable, put, remove } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';
import type { MysqlAddress } from '../../../src/config/load-config.ts';

let address: MysqlAddress;
let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ address, database, close } = await testDatabase({ poolSize: 4 }));
  await createNotes(database);
});
afterAll(() => close());
beforeEach(async () => {
  for (const table of ['notes', 'etl_fences', 'etl_batches', 'etl_dead_letters', 'etl_replica_tables'])
    await database.$executeRawUnsafe(`DELETE FROM ${table}`);
});

const tooLong = 'x'.repeat(200);
const sweep = () => closeByKey(database, () => Promise.resolve(notesTable), new Map());
const states = async (): Promise<string[]> =>
  (await database.etlDeadLetter.findMany({ orderBy: { offset: 'asc' } })).map(({ status }) => status);

test('a newer version of the row, or its delete, closes a letter; an older one does not', async () => {
  await apply(
    database,
    [1, 2, 3, 4].map((key) => put(key, key, { body: tooLong })),
  );
  await apply(database, [put(1, 11), remove(2, 12)], { first: 10 });
  await apply(database, [put(3, 0)], { first: 20 });
  expect(await sweep()).toBe(2);
  expect(await states()).toEqual(['superseded', 'superseded', 'open', 'open']);
  expect(await sweep()).toBe(0);
});

test('a table that is not known, or has another key by now, closes none', async () => {
  await apply(database, [put(1, 1, { body: tooLong })]);
  await apply(database, [put(1, 11)], { first: 10 });
  expect(await closeByKey(database, () => Promise.resolve(null), new Map())).toBe(0);
  const wider = { ...notesTable, key: [...notesTable.key, ...notesTable.key] };
  expect(await closeByKey(database, () => Promise.resolve(wider), new Map())).toBe(0);
  expect(await states()).toEqual(['open']);
});

test('a reading of the table closes what is older than when it was asked for', async () => {
  const range = {
    topic: 'producer.app_source.items',
    topicId: 't',
    epoch: 1,
    partition: 0,
    first: 0,
    last: 2,
  };
  const dead = { kind: 'dead', code: 'ENVELOPE_INVALID', reason: 'not a Maxwell envelope' } as const;
  await apply(database, [dead, dead, dead], { pipeline: 'cdc', range, table: { ...notesTable, name: 'n2' } });
  const now = Date.now();
  for (const [offset, at] of [now - 7_200_000, now - 3_600_000, now].entries())
    await database.$executeRawUnsafe(
      'UPDATE etl_dead_letters SET record_ms = ? WHERE `offset` = ?',
      at,
      offset,
    );
  const read = (loaded: string): Promise<unknown> =>
    database.$executeRawUnsafe(
      'INSERT INTO etl_replica_tables (source_database, source_table, state, loads, requested_at, began_at, loaded_at, ' +
        "updated_at) VALUES ('app_source', 'items', 'ready', 1, TIMESTAMPADD(MINUTE, -90, UTC_TIMESTAMP(6)), " +
        `UTC_TIMESTAMP(6), ${loaded}, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE loaded_at = VALUES(loaded_at)`,
    );
  const closer = { database, target: address, source: 'app_source', replicaDatabase: 'app_olap' };
  await read('NULL');
  expect(await closeRead(closer)).toBe(0);
  await read('UTC_TIMESTAMP(6)');
  expect(await closeRead(closer)).toBe(1);
  expect(await states()).toEqual(['ignored', 'open', 'open']);
});
