import { beforeEach, describe, expect, test } from 'vitest';
import { extraColumns, dataOf } from '../../../src/replica/table/extra-columns.ts';
import { readTable } from '../../../src/mysql/schema/read-schema.ts';
import {
  connection,
  ensure,
  expectSameRows,
  olap,
  run,
  schemaOf,
  source,
  untouched,
} from './replica-fixture.ts';

const everyType = `CREATE TABLE every_type (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  c_tinyint TINYINT NOT NULL DEFAULT 5, c_bool TINYINT(1), c_smallint SMALLINT, c_mediumint MEDIUMINT UNSIGNED,
  c_zero INT(5) ZEROFILL, c_bigint BIGINT, c_decimal DECIMAL(65, 30), c_money DECIMAL(12, 2) UNSIGNED,
  c_float FLOAT, c_float2 FLOAT(7, 2), c_double DOUBLE, c_bit BIT(1), c_bit64 BIT(64),
  c_char CHAR(10), c_varchar VARCHAR(50) NOT NULL DEFAULT 'n/a', c_latin1 VARCHAR(20) CHARACTER SET latin1,
  c_bin VARCHAR(20) COLLATE utf8mb4_bin, c_tiny TINYTEXT, c_text TEXT, c_medium MEDIUMTEXT, c_long LONGTEXT,
  c_binary BINARY(8), c_varbinary VARBINARY(16), c_tinyblob TINYBLOB, c_blob BLOB, c_longblob LONGBLOB,
  c_date DATE, c_datetime DATETIME NOT NULL, c_datetime6 DATETIME(6),
  c_timestamp TIMESTAMP NULL, c_timestamp3 TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  c_time TIME, c_time6 TIME(6), c_year YEAR,
  c_enum ENUM('', 'it''s', 'a\\\\b', 'x,y', '🙏') NOT NULL, c_set SET('x', 'y', 'z'), c_json JSON,
  c_geometry GEOMETRY, c_point POINT, c_collection GEOMETRYCOLLECTION,
  c_stored INT AS (c_tinyint + 1) STORED, c_virtual VARCHAR(60) AS (CONCAT(c_varchar, '!')) VIRTUAL,
  UNIQUE KEY uq_varchar (c_varchar)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`;

describe('a table of every type', () => {
  beforeEach(async () => {
    await run(everyType);
    await run(`INSERT INTO every_type (c_datetime, c_enum) VALUES ('0000-00-00 00:00:00', '')`);
    await run(`INSERT INTO every_type SET id = 18446744073709551614, c_tinyint = -128, c_bool = 1, c_smallint = -32768,
      c_mediumint = 16777215, c_zero = 42, c_bigint = -9223372036854775808, c_decimal = '-1.${'0'.repeat(29)}1', c_money = 12.50,
      c_float = 0.1, c_float2 = 12345.67, c_double = 1.7976931348623157e308, c_bit = 1, c_bit64 = 0x8000000000000001,
      c_char = 'a b', c_varchar = '🙏 ', c_latin1 = 'é', c_bin = 'Aa', c_tiny = 't', c_text = REPEAT('x', 60000),
      c_medium = REPEAT('🙏', 100000), c_long = '', c_binary = 0x0100, c_varbinary = 0x00ff00, c_tinyblob = 0x00, c_blob = '',
      c_longblob = 0xff, c_date = '0000-00-00', c_datetime = '9999-12-31 23:59:59', c_datetime6 = '2026-11-23 01:02:03.000001',
      c_timestamp = '2038-01-19 03:14:07', c_timestamp3 = '1970-01-01 00:00:01.250', c_time = '-838:59:59', c_time6 = '25:00:00.5',
      c_year = 2155, c_enum = 'a\\\\b', c_set = 'x,z', c_json = '{"a": [1.10, null]}', c_geometry = ST_GeomFromText('POINT(1 2)'),
      c_point = ST_GeomFromText('POINT(3 4)'), c_collection = ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))')`);
  });

  test('is read as it was made', async () => {
    const { uniqueIndexes } = (await readTable(connection, source, 'every_type')) ?? {};
    const schema = await schemaOf('every_type');
    const of = (name: string) => schema.columns.find((column) => column.name === name);
    expect(schema).toMatchObject({
      key: ['id'],
      hasPrimaryKey: true,
      charset: 'utf8mb4',
      collation: 'utf8mb4_unicode_ci',
    });
    expect(uniqueIndexes).toEqual([{ name: 'uq_varchar', columns: [{ name: 'c_varchar', prefix: null }] }]);
    expect(of('id')).toMatchObject({ dataType: 'bigint', isUnsigned: true, isNullable: false, length: null });
    expect(of('c_tinyint')).toMatchObject({ defaultText: '5', defaultIsExpression: false });
    expect(of('c_decimal')).toMatchObject({ precision: 65, scale: 30, length: null });
    expect(of('c_float2')).toMatchObject({ precision: null, scale: null });
    expect(of('c_bit64')).toMatchObject({ length: 64, precision: null });
    expect(of('c_varchar')).toMatchObject({
      length: 50,
      defaultText: 'n/a',
      collation: 'utf8mb4_unicode_ci',
    });
    expect(of('c_latin1')).toMatchObject({ charset: 'latin1', defaultText: null });
    expect(of('c_longblob')).toMatchObject({ length: 4294967295, charset: null });
    expect(of('c_binary')).toMatchObject({ length: 8, collation: null });
    expect(of('c_datetime')).toMatchObject({ scale: 0, isNullable: false, defaultText: null });
    expect(of('c_timestamp3')).toMatchObject({ scale: 3, defaultIsExpression: true });
    expect(of('c_time6')).toMatchObject({ scale: 6 });
    expect(of('c_enum')).toMatchObject({ dataType: 'enum', length: null, charset: 'utf8mb4' });
    // MariaDB's JSON is a LONGTEXT.
    expect(of('c_json')?.dataType).toMatch(/^(?:json|longtext)$/);
    expect(of('c_stored')).toMatchObject({ isGenerated: true });
    expect(of('c_virtual')).toMatchObject({ isGenerated: true });
    expect(schema.columns.filter(({ isGenerated }) => isGenerated)).toHaveLength(2);
  });

  test('has a replica that holds every row, and needs nothing afterwards', async () => {
    expect(await ensure('every_type')).toMatchObject({ created: true, reread: true });
    await expectSameRows('every_type');
    expect(await ensure('every_type')).toEqual(untouched);

    const [made, replica] = [await schemaOf('every_type'), await schemaOf('every_type', olap)];
    const plain = made.columns.map((column) => ({
      ...column,
      isNullable: column.name !== 'id',
      defaultText: null,
      defaultIsExpression: false,
      isGenerated: false,
    }));
    expect(dataOf(replica)).toEqual({ ...made, database: olap, columns: plain });
    expect(replica.columns.slice(-extraColumns.length).map(({ name }) => name)).toEqual(
      extraColumns.map(({ name }) => name),
    );
    expect((await readTable(connection, olap, 'every_type'))?.uniqueIndexes).toEqual([]);
  });
});
