import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Broken } from '../../../../src/cdc/types/column-type.ts';
import { keyColumn, knownTypes, lossesOf, targetColumn } from '../../../../src/cdc/types/columns.ts';
import { projectRoot } from '../../../../src/config/project-root.ts';
import type { KeyColumn, TargetColumn } from '../../../../src/pipelines/pipeline.ts';
import { columnOf } from './column.ts';

describe('the guide', () => {
  const page = readFileSync(join(projectRoot, 'docs/guide/cdc-types.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)`[^|]*\| [^|]+ \| ([^|]+) \|$/gm)];

  test.each(rows.map(([, type = '', losses = '']) => [type, losses]))(
    'says what %s loses',
    (type, losses) => {
      expect(losses).toBe(lossesOf(columnOf(type)).join(' ') || '–');
    },
  );

  test('has a row for every way to lose something', () => {
    const described = new Set(rows.flatMap(([, type = '']) => lossesOf(columnOf(type))));
    const samples = knownTypes.map((type) => columnOf(type, { length: 64, scale: 6 }));
    for (const loss of samples.flatMap(lossesOf)) expect(described).toContain(loss);
  });

  test('calls every loss by a sentence', () => {
    for (const type of knownTypes) {
      for (const loss of lossesOf(columnOf(type, { length: 64, scale: 6 })))
        expect(loss).toMatch(/^[A-Z].*\.$/);
    }
  });
});

test('a column that takes no NULL loses no value that is written as null', () => {
  for (const type of ['date', 'datetime', 'timestamp', "enum('a')", 'json']) {
    expect(lossesOf(columnOf(type, { isNullable: false })).join(' ')).not.toContain('NULL');
  }
});

describe('keys', () => {
  test.each([
    ['bigint unsigned', 'CAST(t.k0 AS UNSIGNED)'],
    ['int', 'CAST(t.k0 AS SIGNED)'],
    ['decimal(20,4)', 'CAST(t.k0 AS DECIMAL(20, 4))'],
    ['varchar(20)', 'CONVERT(t.k0 USING utf8mb4) COLLATE utf8mb4_0900_ai_ci'],
    ['binary(16)', 'FROM_BASE64(t.k0)'],
    ['date', 'CAST(t.k0 AS DATE)'],
    ['timestamp(6)', 'CAST(t.k0 AS DATETIME(6))'],
    ['time(3)', 'CAST(t.k0 AS TIME(3))'],
    ['year', 'CAST(t.k0 AS UNSIGNED)'],
  ])('%s is found by a value of its own type', (type, sql) => {
    expect((keyColumn(columnOf(type)) as KeyColumn).fromText('t.k0')).toBe(sql);
  });

  test.each(['text', 'blob', 'json', 'point', 'float', 'double', "set('a')", 'uuid'])(
    '%s is refused by a sentence',
    (type) => {
      const refused = keyColumn(columnOf(type));
      expect(refused).toBeInstanceOf(Broken);
      expect((refused as Broken).rule).toMatch(/^A .* cannot be a key.*\.$/);
    },
  );

  test('only an ENUM says its order: that of its list, the invalid value first', () => {
    const labelsOf = (type: string) => (keyColumn(columnOf(type)) as KeyColumn).labels;
    expect(labelsOf("enum('b','it''s','a')")).toEqual(['', 'b', "it's", 'a']);
    expect(labelsOf("enum('b','','a')")).toEqual(['b', '', 'a']);
    expect(labelsOf('varchar(9)')).toBeUndefined();
  });

  test('a collation that is none is a mistake of the caller', () => {
    const key = keyColumn(columnOf('char(3)', { collation: null })) as KeyColumn;
    expect(() => key.fromText('t.k0')).toThrow('character set');
  });
});

test('only CHAR and VARCHAR are measured in characters before the database measures them', () => {
  const measured: TargetColumn[] = ['char(3)', 'varchar(40)', 'text', 'binary(3)'].map((type) =>
    targetColumn(columnOf(type)),
  );
  expect(measured.map(({ maxLength }) => maxLength)).toEqual([3, 40, undefined, undefined]);
});
