import { expect, test } from 'vitest';
import type { DdlEvent } from '../../../src/cdc/ddl/ddl-event.ts';
import type { TableSchema } from '../../../src/cdc/schema/table-schema.ts';
import { ColumnOrders } from '../../../src/replica/column-orders.ts';
import { KnownDefinitions } from '../../../src/replica/known-definitions.ts';
import { columnOf } from '../cdc/types/column.ts';

const schemaOf = (...columns: readonly string[]): TableSchema => ({
  database: 'app',
  table: 't',
  columns: columns.map((name) => columnOf('int', { name })),
  key: ['id'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: '',
});

const eventOf = (offset: number, sql: string, old: TableSchema, def: TableSchema): DdlEvent => ({
  type: 'table-alter',
  database: 'app',
  table: 't',
  sql,
  schemaId: offset,
  position: `binlog.000001:${offset}`,
  timeMs: offset,
  old,
  def,
});

/** No server is asked: a table that was once given a former column's name is judged by what is known. */
const nowhere = { host: '127.0.0.1', port: 1, user: '', password: '', database: 'app' };

test('what a process has not read yet is read before a table is paused for it', async () => {
  const [former, known] = [schemaOf('id', 'a', 'b'), schemaOf('id', 'b')];
  const pages = [[eventOf(100, 'ALTER TABLE t DROP COLUMN b, RENAME COLUMN a TO b', former, known)]];
  const definitions = new KnownDefinitions(() => Promise.resolve(pages.shift() ?? []));
  const orders = new ColumnOrders(nowhere, definitions);
  await definitions.read();
  const now = schemaOf('b', 'id');
  expect(await orders.problemOf(now)).toContain('(id, b)');
  pages.push([eventOf(200, 'ALTER TABLE t MODIFY b INT FIRST', known, now)]);
  expect(await orders.problemOf(now)).toBeNull();
});
