import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import { isJsonObject, type JsonObject } from '../../../../src/cdc/json/exact-number.ts';
import { readDdl, type DdlEvent } from '../../../../src/cdc/ddl/ddl-event.ts';
import { schemaOfDefinition } from '../../../../src/cdc/schema/maxwell-schema.ts';
import { projectRoot } from '../../../../src/config/project-root.ts';

function valuesOf(file: string): JsonObject[] {
  const lines = readFileSync(join(projectRoot, 'test', 'fixtures', 'maxwell', file), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const decoded = decodeJsonObject(Buffer.from(line));
    if (!decoded.ok || !isJsonObject(decoded.value['value'])) throw new Error(line);
    return decoded.value['value'];
  });
}

describe.each(['maxwell-1.45.0', 'maxwell-1.22.6'])('the DDL of %s', (name) => {
  const events = valuesOf(`${name}.ddl.jsonl`).map(readDdl);
  const find = (type: string, table: string): DdlEvent | undefined =>
    events.filter((event) => event !== null).find((event) => event.type === type && event.table === table);

  test('is read, every message of it', () => {
    expect(events).not.toContain(null);
    for (const event of events) {
      expect(event?.position).toMatch(/^binlog\.\d+:\d+$/);
      expect(event?.schemaId).toBeGreaterThan(0);
      expect(event?.sql).not.toBe('');
      // Milliseconds: the year 2026.
      expect(new Date(event?.timeMs ?? 0).getUTCFullYear()).toBe(2026);
      expect(event?.def === null).toBe(event?.type === 'table-drop');
      expect(event?.old === null).toBe(event?.type !== 'table-alter');
    }
  });

  test('and rows are no DDL', () => {
    expect(
      valuesOf(`${name}.jsonl`)
        .map(readDdl)
        .every((event) => event === null),
    ).toBe(true);
  });

  test('gives the types as far as Maxwell knows them', () => {
    const def = find('table-create', 'all_types')?.def;
    const types = Object.fromEntries((def?.columns ?? []).map((column) => [column.name, column.columnType]));
    expect(types).toMatchObject({
      id: 'bigint unsigned',
      c_tinyint1: 'tinyint',
      c_bigint: 'bigint',
      c_dec: 'decimal',
      c_varchar: 'varchar',
      c_datetime: 'datetime',
      c_datetime3: 'datetime(3)',
      c_time6: 'time(6)',
      c_enum: "enum('','a','b')",
      c_set: "set('','x','y','z')",
      c_geom: 'point',
    });
    expect(def).toMatchObject({ key: ['id'], hasPrimaryKey: true, charset: 'utf8mb4', collation: '' });
    const of = (name: string) => def?.columns.find((column) => column.name === name);
    expect(of('id')).toMatchObject({ isUnsigned: true, isNullable: false });
    expect(of('c_latin1')).toMatchObject({ charset: 'latin1', collation: null, length: null });
    expect(of('c_blob')).toMatchObject({ charset: null, isNullable: true });
    expect(of('c_dec')).toMatchObject({ precision: null, scale: null });
  });

  test('gives keys in their order, or none', () => {
    expect(find('table-create', 'composite_key')?.def?.key).toEqual(['a', 'b']);
    expect(find('table-create', 'no_key')?.def).toMatchObject({ key: [], hasPrimaryKey: false });
  });

  test('tells what an ALTER changed', () => {
    const alter = find('table-alter', 'orders_small');
    const names = (schema: DdlEvent['def'] | undefined) => schema?.columns.map((column) => column.name);
    expect(names(alter?.old)).toEqual(['id', 'total', 'created_at']);
    expect(names(alter?.def)).toEqual(['id', 'note', 'total', 'created_at']);
  });
});

describe('a DDL message', () => {
  test('of a database has no table', () => {
    const message = {
      type: 'database-create',
      database: 'shop',
      charset: 'utf8mb4',
      ts: 1795403185000,
      sql: 'x',
    };
    expect(readDdl(message)).toEqual({
      type: 'database-create',
      database: 'shop',
      table: null,
      position: null,
      schemaId: null,
      sql: 'x',
      timeMs: 1795403185000,
      def: null,
      old: null,
    });
  });

  test.each<JsonObject>([
    {},
    { type: 'table-create', database: 'shop' },
    { type: 'table-create', table: 't' },
    { type: 'insert', database: 'shop', table: 't', data: {} },
  ])('is none: %j', (value) => {
    expect(readDdl(value)).toBeNull();
  });
});

describe('a definition', () => {
  test('has the values of a list, and how rows spell them', () => {
    const schema = schemaOfDefinition({
      database: 'd',
      table: 't',
      columns: [{ type: 'ENUM', name: 'e', 'enum-values': ["it''s", 'a\\\\b'] }],
      'primary-key': ['E', 'gone'],
    });
    expect(schema?.columns[0]).toMatchObject({ dataType: 'enum', columnType: "enum('it''s','a\\\\b')" });
    expect(schema?.columns[0]?.spelt).toEqual(["it''s", 'a\\\\b']);
    expect(schema).toMatchObject({ key: ['e'], charset: '' });
  });

  test.each<JsonObject>([
    {},
    { database: 'd', table: 't' },
    { database: 'd', table: 't', columns: [] },
    { database: 'd', table: 't', columns: ['id'] },
    { database: 'd', table: 't', columns: [{ name: 'id' }] },
  ])('is none: %j', (value) => {
    expect(schemaOfDefinition(value)).toBeNull();
  });
});
