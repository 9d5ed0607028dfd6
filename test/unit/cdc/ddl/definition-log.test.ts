import { expect, test } from 'vitest';
import {
  isOftenMisread,
  reusesNames,
  wrongColumn,
  wrongOrder,
} from '../../../../src/cdc/ddl/column-order.ts';
import { DefinitionLog, type LastReading } from '../../../../src/cdc/ddl/definition-log.ts';
import { storedType } from '../../../../src/cdc/ddl/stored-type.ts';
import type { DdlEvent } from '../../../../src/cdc/ddl/ddl-event.ts';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { columnOf } from '../types/column.ts';

const schemaOf = (table: string, ...columns: readonly string[]): TableSchema => ({
  database: 'app',
  table,
  columns: columns.map((name) => columnOf('int', { name })),
  key: ['id'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: '',
});

const t = { database: 'app', table: 't' };
const end = 'binlog.000005:900';

function eventOf(offset: number, sql: string, changes: Partial<DdlEvent> = {}): DdlEvent {
  return {
    type: 'table-alter',
    database: 'app',
    table: 't',
    position: `binlog.000005:${offset}`,
    schemaId: offset,
    sql,
    timeMs: offset * 1_000,
    def: schemaOf('t', 'id'),
    old: schemaOf('t', 'id'),
    ...changes,
  };
}

const reading: LastReading = {
  covers: 'binlog.000005:200',
  sinceMs: 200_000,
  madePosition: 'binlog.000005:100',
  definition: {
    columns: [
      {
        name: 's',
        type: storedType('varchar(10)'),
        isNullable: true,
        isGenerated: false,
        isAutoIncrement: false,
      },
    ],
    gone: [],
    added: [],
    readBy: 'binlog.000005:250',
  },
};

function logOf(...events: readonly DdlEvent[]): DefinitionLog {
  const log = new DefinitionLog();
  for (const event of events) log.add(event);
  return log;
}

const changeOf = (changes: Partial<LastReading>, ...events: readonly DdlEvent[]): string | null =>
  logOf(...events).changeSince(t, { ...reading, ...changes }, end)?.position ?? null;

const cut = 'ALTER TABLE t MODIFY s VARCHAR(3)';

test('a change that the last reading covers asks for nothing; the newest one after it does', () => {
  expect(changeOf({}, eventOf(150, cut), eventOf(200, cut))).toBeNull();
  expect(changeOf({}, eventOf(150, cut), eventOf(300, cut), eventOf(400, cut))).toBe('binlog.000005:400');
  expect(changeOf({}, eventOf(300, 'ALTER TABLE t ADD c INT'))).toBeNull();
});

test('positions compare by the number of the file', () => {
  const later = eventOf(1, cut, { position: 'binlog.000010:4' });
  expect(logOf(later).changeSince(t, { ...reading, covers: 'binlog.000009:9' }, 'binlog.000010:8')).toBe(
    later,
  );
});

test('what a table was before an ALTER is known only when it was read before the ALTER', () => {
  const wider = 'ALTER TABLE t MODIFY s VARCHAR(20)';
  expect(changeOf({}, eventOf(300, wider))).toBeNull();
  // Perhaps the definition that was read has the ALTER in it already.
  expect(changeOf({}, eventOf(240, wider))).toBe('binlog.000005:240');
  expect(changeOf({ definition: null }, eventOf(300, wider))).toBe('binlog.000005:300');
});

test('one ALTER after another: each is compared with what the one before left', () => {
  const [wider, narrower] = ['ALTER TABLE t MODIFY s VARCHAR(20)', 'ALTER TABLE t MODIFY s VARCHAR(15)'];
  expect(changeOf({}, eventOf(300, wider), eventOf(400, narrower))).toBe('binlog.000005:400');
  const [drop, add] = ['ALTER TABLE t DROP COLUMN s', 'ALTER TABLE t ADD COLUMN s VARCHAR(10)'];
  expect(changeOf({}, eventOf(300, drop), eventOf(400, add))).toBe('binlog.000005:400');
});

test('the CREATE TABLE of the very table is no reason to read it again, a later one is', () => {
  const created = (offset: number): DdlEvent =>
    eventOf(offset, 'CREATE TABLE t', { type: 'table-create', old: null });
  const first = { covers: 'binlog.000005:40' };
  expect(changeOf(first, created(90))).toBeNull();
  expect(changeOf(first, created(300))).toBe('binlog.000005:300');
  expect(changeOf(first, eventOf(80, 'DROP TABLE t', { type: 'table-drop' }), created(90))).toBe(
    'binlog.000005:80',
  );
});

test('both names of a table that is renamed, the partner of a partition, all tables of a database', () => {
  const renamed = eventOf(300, 'RENAME TABLE t TO u', { def: schemaOf('u', 'id') });
  const exchanged = eventOf(400, 'ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x');
  const dropped = eventOf(500, 'DROP DATABASE app', {
    type: 'database-drop',
    table: null,
    def: null,
    old: null,
  });
  const changed = (table: string, ...events: readonly DdlEvent[]) =>
    logOf(...events).changeSince({ database: 'app', table }, reading, end);
  expect(changed('t', renamed)).toBe(renamed);
  expect(changed('u', renamed)).toBe(renamed);
  expect(changed('x', renamed)).toBeNull();
  expect(changed('x', exchanged)).toBe(exchanged);
  expect(changed('any', dropped)).toBe(dropped);
  expect(logOf(dropped).changeSince({ database: 'other', table: 'any' }, reading, end)).toBeNull();
});

test('where positions do not tell, times do: another life of the binlog, a Maxwell without positions, an old mark', () => {
  const [early, late] = [eventOf(100, cut, { position: null }), eventOf(300, cut, { position: null })];
  expect(changeOf({}, early)).toBeNull();
  expect(logOf(late).changeSince(t, reading, end)).toBe(late);
  expect(logOf(late).changeSince(t, { ...reading, covers: null }, end)).toBe(late);
  const reset = eventOf(300, cut, { position: 'binlog.000001:4' });
  expect(logOf(reset).changeSince(t, reading, 'binlog.000001:90')).toBe(reset);
  const renamedLog = eventOf(300, cut, { position: 'mysql-bin.000001:4' });
  expect(logOf(renamedLog).changeSince(t, reading, 'mysql-bin.000001:90')).toBe(renamedLog);
});

test('what was told in a former life of the binlog is no news, though its position is a later one', () => {
  const former = eventOf(100, cut, { position: 'binlog.000009:4' });
  const dropped = eventOf(100, 'DROP TABLE t', { type: 'table-drop', position: 'binlog.000009:4' });
  const later = eventOf(300, cut, { position: 'binlog.000005:300' });
  expect(changeOf({}, former)).toBeNull();
  expect(logOf(dropped).isReplacedSince(t, reading, end)).toBe(false);
  expect(changeOf({}, former, later)).toBe('binlog.000005:300');
});

test('a column that goes and comes back, of a table of which nothing was known', () => {
  const unknown = { definition: null };
  const [drop, add] = ['ALTER TABLE t DROP COLUMN s', 'ALTER TABLE t ADD COLUMN s VARCHAR(10)'];
  const both = 'ALTER TABLE t DROP COLUMN s, ADD COLUMN s VARCHAR(10)';
  expect(changeOf(unknown, eventOf(300, both))).toBe('binlog.000005:300');
  expect(changeOf(unknown, eventOf(300, drop), eventOf(400, add))).toBe('binlog.000005:400');
  expect(changeOf(unknown, eventOf(300, add))).toBeNull();
});

test('another table takes a name by DROP, CREATE and RENAME, not by an ALTER of its own', () => {
  const isReplaced = (event: DdlEvent): boolean => logOf(event).isReplacedSince(t, reading, end);
  expect(isReplaced(eventOf(300, cut))).toBe(false);
  expect(isReplaced(eventOf(300, 'DROP TABLE t', { type: 'table-drop' }))).toBe(true);
  expect(isReplaced(eventOf(300, 'RENAME TABLE u TO t', { old: schemaOf('u', 'id') }))).toBe(true);
  expect(isReplaced(eventOf(150, 'DROP TABLE t', { type: 'table-drop' }))).toBe(false);
});

test('names that are exchanged in one statement are in the wrong order for Maxwell', () => {
  const old = schemaOf('t', 'id', 'a', 'b');
  const of = (sql: string): boolean => reusesNames(eventOf(300, sql, { old }));
  expect(of('ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a')).toBe(true);
  expect(of('ALTER TABLE t CHANGE a B INT, CHANGE b a INT')).toBe(true);
  expect(of('ALTER TABLE t RENAME COLUMN a TO c')).toBe(false);
  expect(of('ALTER TABLE t CHANGE a A BIGINT')).toBe(false);
  expect(wrongOrder(old, schemaOf('t', 'id', 'b', 'a'))).toEqual({
    maxwell: ['id', 'a', 'b'],
    table: ['id', 'b', 'a'],
  });
  expect(wrongOrder(old, schemaOf('t', 'ID', 'A', 'b'))).toBeNull();
  // One of the two is newer.
  expect(wrongOrder(old, schemaOf('t', 'id', 'b', 'a', 'c'))).toBeNull();
  expect(wrongOrder(schemaOf('t', 'id', 'x``y'), schemaOf('t', 'id', 'x`y'))).toBeNull();
});

test('a column that Maxwell takes for another kind: by its sign, its labels or its letters', () => {
  const of = (type: string, changes: object): TableSchema => ({
    ...t,
    ...schemaOf('t', 'id'),
    columns: [columnOf(type, { name: 'c', ...changes })],
  });
  const wrong = (one: TableSchema, other: TableSchema): string | null => wrongColumn(one, other);
  expect(wrong(of('bigint', { isUnsigned: true }), of('bigint', { isUnsigned: false }))).toBe('c');
  expect(wrong(of('bigint', {}), of('int', {}))).toBeNull();
  expect(
    wrong(of('int', {}), of('int', { columnType: 'int(8) unsigned zerofill', isUnsigned: true })),
  ).toBeNull();
  expect(
    wrong(of('enum', { columnType: "enum('x','y')" }), of('enum', { columnType: "enum('y','x')" })),
  ).toBe('c');
  expect(
    wrong(of('enum', { columnType: "enum('it\\'s')" }), of('enum', { columnType: "enum('it''s')" })),
  ).toBeNull();
  expect(wrong(of('varchar', { charset: 'latin1' }), of('varchar', { charset: 'utf8mb4' }))).toBe('c');
  expect(wrong(of('varchar', { charset: 'utf8' }), of('varchar', { charset: 'utf8mb3' }))).toBeNull();
  expect(wrong(of('varchar', { charset: null }), of('varchar', { charset: 'utf8mb4' }))).toBeNull();
  const old = schemaOf('t', 'id', 'e', 'e2');
  expect(isOftenMisread(eventOf(300, 'ALTER TABLE t CHANGE e2 e INT, DROP COLUMN e', { old }))).toBe(true);
  expect(isOftenMisread(eventOf(300, 'ALTER TABLE t ADD s VARCHAR(9) COLLATE utf8mb4_bin', { old }))).toBe(
    true,
  );
  expect(isOftenMisread(eventOf(300, 'ALTER TABLE t ADD s VARCHAR(9) CHARACTER SET utf8mb4', { old }))).toBe(
    false,
  );
});
