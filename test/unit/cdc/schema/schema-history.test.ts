import { expect, test } from 'vitest';
import type { DdlEvent } from '../../../../src/cdc/ddl/ddl-event.ts';
import { SchemaHistory } from '../../../../src/cdc/schema/schema-history.ts';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { columnOf } from '../types/column.ts';

const schemaOf = (table: string, ...columns: readonly string[]): TableSchema => ({
  database: 'shop',
  table,
  columns: columns.map((name) => columnOf('int', { name })),
  key: ['id'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: '',
});

const eventOf = (event: Partial<DdlEvent>): DdlEvent => ({
  type: 'table-alter',
  database: 'shop',
  table: 'items',
  position: null,
  schemaId: null,
  sql: '',
  timeMs: 0,
  def: null,
  old: null,
  ...event,
});

const [first, second, third] = [
  schemaOf('items', 'id'),
  schemaOf('items', 'id', 'a'),
  schemaOf('items', 'id', 'b'),
] as const;

function historyOf(...events: readonly Partial<DdlEvent>[]) {
  const history = new SchemaHistory();
  for (const event of events) history.add(eventOf(event));
  return history;
}

test('a row has the definition of the last change before it, and before the first one what that found', () => {
  const history = historyOf(
    { schemaId: 5, old: first, def: second },
    { schemaId: 9, old: second, def: third },
    { schemaId: 12, type: 'database-create', table: null },
  );
  const at = (schemaId: number) => history.schemaAt('shop', 'items', { schemaId, position: null });
  expect([4, 5, 8, 9, 10].map(at)).toEqual([first, second, second, third, third]);
  expect(history.newestId).toBe(12);
});

test('rows without a number go by the position in the binlog, of numbers and not of texts', () => {
  const history = historyOf(
    { position: 'binlog.999999:900', old: first, def: second },
    { position: 'binlog.1000000:5', old: second, def: third },
  );
  const at = (position: string) => history.schemaAt('shop', 'items', { schemaId: null, position });
  expect(at('binlog.999999:1000')).toBe(second);
  expect(at('binlog.999999:899')).toBe(first);
  expect(at('binlog.1000000:50')).toBe(third);
});

test('a table that was dropped and made again, or renamed, has the definitions of its name', () => {
  const history = historyOf(
    { schemaId: 3, type: 'table-create', def: first },
    { schemaId: 4, type: 'table-drop' },
    { schemaId: 6, type: 'table-create', def: second },
    { schemaId: 8, old: second, def: schemaOf('things', 'id', 'a') },
  );
  const at = (table: string, schemaId: number) =>
    history.schemaAt('shop', table, { schemaId, position: null })?.columns.length ?? null;
  expect([3, 6, 7].map((id) => at('items', id))).toEqual([1, 2, 2]);
  expect([at('things', 7), at('things', 8)]).toEqual([null, 2]);
  expect(at('others', 8)).toBeNull();
});

test('where Maxwell took all definitions anew, what it told before says nothing of later rows', () => {
  const history = historyOf(
    { schemaId: 5, old: first, def: second },
    { schemaId: 25, old: third, def: first },
  );
  history.setCaptures([{ schemaId: 20, position: 'binlog.000002:500' }]);
  const at = (schemaId: number) => history.schemaAt('shop', 'items', { schemaId, position: null });
  expect([4, 5, 19].map(at)).toEqual([first, second, second]);
  expect([20, 24, 25].map(at)).toEqual([third, third, first]);
  history.setCaptures([
    { schemaId: 20, position: 'binlog.000002:500' },
    { schemaId: 30, position: 'binlog.000002:900' },
  ]);
  expect(at(30)).toBeNull(); // as the source has it now
  expect(history.latest('shop', 'items')).toBeNull();
  expect(history.newestId).toBe(30);
});
