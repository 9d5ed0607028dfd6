import { describe, expect, test } from 'vitest';
import { effectOf, type StoredColumn, type StoredTable } from '../../../../src/cdc/ddl/definition-effect.ts';
import { storedType } from '../../../../src/cdc/ddl/stored-type.ts';
import type { DdlEvent } from '../../../../src/cdc/ddl/ddl-event.ts';
import { schemaOfDefinition } from '../../../../src/cdc/schema/maxwell-schema.ts';

const definition = (charset: string, table = 't') =>
  schemaOfDefinition({
    database: 'app',
    table,
    charset: 'utf8mb4',
    'primary-key': ['id'],
    columns: [
      { name: 'id', type: 'int', signed: true },
      { name: 's', type: 'varchar', charset },
      { name: 'body', type: 'text', charset },
    ],
  });

function eventOf(sql: string, changes: Partial<DdlEvent> = {}): DdlEvent {
  return {
    type: 'table-alter',
    database: 'app',
    table: 't',
    position: 'binlog.000001:4',
    schemaId: 1,
    sql,
    timeMs: 0,
    def: definition('utf8mb4'),
    old: definition('utf8mb4'),
    ...changes,
  };
}

const column = (name: string, type: string, changes: Partial<StoredColumn> = {}): StoredColumn => ({
  name,
  type: storedType(type),
  isNullable: true,
  isGenerated: false,
  isAutoIncrement: false,
  ...changes,
});

const before: StoredTable = {
  columns: [
    column('id', 'int(11)', { isNullable: false }),
    column('s', 'varchar(10)'),
    column('code', 'varchar(10)', { isNullable: false }),
    column('body', 'text'),
    column('n', 'int(10) unsigned'),
    column('price', 'decimal(10,2) unsigned'),
    column('at', 'datetime(3)'),
    column('e', "enum('a','b')"),
    column('fixed', 'binary(4)'),
    column('bytes', 'varbinary(10)'),
  ],
  gone: [],
};

const unknown: StoredTable = { columns: [], gone: [] };

const kindOf = (sql: string, table: StoredTable = before, changes: Partial<DdlEvent> = {}): string =>
  effectOf(eventOf(sql, changes), table).kind;

describe('keeps every stored value', () => {
  test.each([
    'ALTER TABLE t ADD COLUMN c INT NULL',
    'ALTER TABLE `app`.`t` ADD c INT UNSIGNED DEFAULT NULL AFTER `s`',
    "alter table t add (c int, d varchar(5) comment 'NOT NULL, DEFAULT 5')",
    'ALTER TABLE t ADD COLUMN IF NOT EXISTS c JSON FIRST, ALGORITHM=INSTANT',
    'ALTER TABLE t ADD COLUMN c TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP',
    'ALTER TABLE t DROP COLUMN s',
    'ALTER TABLE t MODIFY s VARCHAR(200)',
    'ALTER TABLE t MODIFY COLUMN s VARCHAR(200) CHARACTER SET utf8mb4 NULL COMMENT "x"',
    'ALTER TABLE t CHANGE S s TEXT',
    "ALTER TABLE t MODIFY code VARCHAR(20) NOT NULL DEFAULT ''",
    'ALTER TABLE t MODIFY body MEDIUMTEXT',
    'ALTER TABLE t MODIFY n BIGINT UNSIGNED, MODIFY id BIGINT NOT NULL',
    'ALTER TABLE t MODIFY n BIGINT',
    'ALTER TABLE t MODIFY price DECIMAL(14,4)',
    'ALTER TABLE t MODIFY at DATETIME(6)',
    "ALTER TABLE t MODIFY e ENUM('a','b','c')",
    'ALTER TABLE t MODIFY bytes VARBINARY(20)',
    'ALTER TABLE t ADD INDEX i (s, n), ADD UNIQUE KEY u (code), ADD FULLTEXT (body), RENAME INDEX i TO j, DROP INDEX u',
    'ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (n) REFERENCES u (id) ON DELETE SET NULL, DROP FOREIGN KEY fk',
    "ALTER TABLE t ADD CONSTRAINT `odd, name` CHECK (n > 0 AND s <> '),')",
    "ALTER TABLE t COMMENT 'DROP PARTITION p0, TRUNCATE'",
    'ALTER TABLE t AUTO_INCREMENT = 100, ENGINE = InnoDB ROW_FORMAT=DYNAMIC, FORCE, LOCK=NONE, DISABLE KEYS',
    'ALTER TABLE t ALTER COLUMN s SET DEFAULT 5, ALTER n DROP DEFAULT, DEFAULT CHARACTER SET latin1',
    'ALTER TABLE t ADD PARTITION (PARTITION p3 VALUES LESS THAN (40))',
    'ALTER TABLE t REORGANIZE PARTITION p0, p1 INTO (PARTITION p1 VALUES LESS THAN (50))',
    'ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4',
    'ALTER TABLE t /* DROP PARTITION p0 */ ADD INDEX i (s) -- TRUNCATE PARTITION p0',
    'ALTER TABLE t /*!50100 REMOVE PARTITIONING */',
  ])('%s', (sql) => expect(kindOf(sql)).toBe('keeps'));
});

describe('may change stored values', () => {
  test.each([
    'ALTER TABLE t ADD COLUMN c INT NOT NULL',
    'ALTER TABLE t ADD COLUMN c INT DEFAULT 5',
    'ALTER TABLE t ADD COLUMN c TIMESTAMP',
    'ALTER TABLE t ADD COLUMN c INT AS (n + 1) STORED',
    'ALTER TABLE t ADD COLUMN c INT GENERATED ALWAYS AS (n + 1)',
    'ALTER TABLE t ADD COLUMN c SERIAL',
    'ALTER TABLE t DROP COLUMN s, ADD COLUMN s VARCHAR(10)',
    'ALTER TABLE t DROP COLUMN s, RENAME COLUMN code TO s',
    'ALTER TABLE t RENAME COLUMN s TO code, RENAME COLUMN code TO s',
    'ALTER TABLE t CHANGE s code VARCHAR(10), CHANGE code s VARCHAR(10)',
    'ALTER TABLE t MODIFY s VARCHAR(3)',
    'ALTER TABLE t MODIFY s VARCHAR(200) NOT NULL',
    'ALTER TABLE t MODIFY s CHAR(200)',
    'ALTER TABLE t MODIFY s VARBINARY(200)',
    'ALTER TABLE t MODIFY body VARCHAR(20000)',
    'ALTER TABLE t MODIFY n INT',
    'ALTER TABLE t MODIFY id BIGINT UNSIGNED NOT NULL',
    'ALTER TABLE t MODIFY id BIGINT AUTO_INCREMENT',
    'ALTER TABLE t MODIFY price DECIMAL(10,4)',
    'ALTER TABLE t MODIFY price DECIMAL(14,1)',
    'ALTER TABLE t MODIFY at DATETIME',
    'ALTER TABLE t MODIFY at TIMESTAMP(3) NULL',
    "ALTER TABLE t MODIFY e ENUM('a')",
    "ALTER TABLE t MODIFY e ENUM('b','a')",
    'ALTER TABLE t MODIFY fixed BINARY(8)',
    'ALTER TABLE t MODIFY missing INT',
    'ALTER TABLE t CONVERT TO CHARACTER SET latin1',
    'ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, n)',
    'ALTER TABLE t DROP PARTITION p0, p1',
    'ALTER TABLE t TRUNCATE PARTITION p0',
    'ALTER TABLE t DISCARD TABLESPACE',
    'ALTER TABLE t IMPORT TABLESPACE',
    'ALTER TABLE t ENGINE=BLACKHOLE',
    "ALTER TABLE t COMMENT 'x' ENGINE = MEMORY",
    'ALTER IGNORE TABLE t ADD UNIQUE KEY u (s)',
    "ALTER TABLE t COMMENT 'not closed",
    'ALTER TABLE t /*! DROP PARTITION p0 */',
    '',
  ])('%s', (sql) => expect(kindOf(sql)).toBe('changes'));

  test.each(['table-create', 'table-drop', 'database-drop'] as const)('%s', (type) =>
    expect(kindOf('', before, { type })).toBe('changes'),
  );

  test('a table that gets another name', () =>
    expect(kindOf('RENAME TABLE t TO u', before, { def: definition('utf8mb4', 'u') })).toBe('changes'));

  test('a column whose text was in letters that the new ones lack', () => {
    const changes = { old: definition('utf8mb4'), def: definition('latin1') };
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(20) CHARACTER SET latin1', before, changes)).toBe(
      'changes',
    );
    const wider = { old: definition('latin1'), def: definition('utf8mb4') };
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(20)', before, wider)).toBe('keeps');
    expect(kindOf('ALTER TABLE t MODIFY body TEXT', before, wider)).toBe('changes');
  });

  test("a collation without its character set, for which Maxwell takes the table's", () => {
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(20) COLLATE latin1_bin')).toBe('changes');
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(20) COLLATE `binary`')).toBe('changes');
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(20) COLLATE utf8mb4_bin NULL')).toBe('keeps');
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')).toBe(
      'keeps',
    );
  });

  test('a MODIFY of a table that is not known, or of which columns are computed', () => {
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(200)', unknown)).toBe('changes');
    expect(kindOf('ALTER TABLE t ADD c INT', unknown)).toBe('keeps');
    const computed = { ...before, columns: [...before.columns, column('g', 'int', { isGenerated: true })] };
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(200)', computed)).toBe('changes');
  });
});

describe('one change after another', () => {
  const after = (...statements: readonly string[]): StoredTable =>
    statements.reduce((table, sql) => {
      const effect = effectOf(eventOf(sql), table);
      return effect.kind === 'keeps' ? effect.after : unknown;
    }, before);

  test('a column that was dropped and comes back may hold its former values in the replica', () => {
    expect(kindOf('ALTER TABLE t ADD s VARCHAR(10)', after('ALTER TABLE t DROP s'))).toBe('changes');
  });

  test('what was widened is compared as it was widened', () => {
    const widened = after('ALTER TABLE t MODIFY s VARCHAR(20)', 'ALTER TABLE t ADD c VARCHAR(5)');
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(15)', widened)).toBe('changes');
    expect(kindOf('ALTER TABLE t MODIFY s VARCHAR(30), MODIFY c VARCHAR(6)', widened)).toBe('keeps');
  });
});
