import type { ColumnSchema } from '../../../../src/cdc/schema/table-schema.ts';

/** A type of a column with texts that its table takes and does not take. */
export interface TypeCase {
  readonly type: string;
  readonly column?: Partial<ColumnSchema>;
  /** Canonical texts: least, most, typical. */
  readonly good: readonly string[];
  /** What the table must refuse. */
  readonly bad: readonly string[];
  readonly isKey?: boolean;
}

const latin1 = { charset: 'latin1', collation: 'latin1_swedish_ci' };
const long = Buffer.alloc(300, 'binary').toString('base64');
const decimals = '0'.repeat(29);

export const cases: readonly TypeCase[] = [
  { type: 'tinyint(1)', good: ['-128', '127', '1'], bad: ['128'], isKey: true },
  { type: 'smallint unsigned', good: ['0', '65535'], bad: ['65536', '-1'], isKey: true },
  { type: 'mediumint', good: ['-8388608', '8388607'], bad: ['8388608'], isKey: true },
  { type: 'int', good: ['-2147483648', '2147483647', '0'], bad: ['2147483648'], isKey: true },
  { type: 'int(6) unsigned zerofill', good: ['0', '4294967295', '42'], bad: ['4294967296'], isKey: true },
  {
    type: 'bigint',
    good: ['-9223372036854775808', '9223372036854775807'],
    bad: ['9223372036854775808'],
    isKey: true,
  },
  {
    type: 'bigint unsigned',
    good: ['0', '18446744073709551615', '9007199254740993', '9007199254740992'],
    bad: ['18446744073709551616', '-1'],
    isKey: true,
  },
  {
    type: 'decimal(12,2)',
    good: ['-9999999999.99', '9999999999.99', '0.00'],
    bad: ['10000000000.00'],
    isKey: true,
  },
  { type: 'decimal(10,2) unsigned zerofill', good: ['0.00', '42.50'], bad: ['-1.00'], isKey: true },
  {
    type: 'decimal(65,30)',
    good: [`${'9'.repeat(35)}.${'9'.repeat(30)}`, `-0.${decimals}1`, `0.${decimals}0`],
    bad: [`1${'0'.repeat(35)}.${decimals}0`],
    isKey: true,
  },
  {
    type: 'float',
    good: [
      '-3.4028234663852886e38',
      '3.4028234663852886e38',
      '1.401298464324817e-45',
      '0.10000000149011612',
      '16777215',
    ],
    bad: ['3.4028236e38', '1e309'],
  },
  { type: 'float(10,2)', good: ['1234567.875', '0.5'], bad: ['1e39'] },
  {
    type: 'double',
    good: ['-1.7976931348623157e308', '5e-324', '0.1', '-0', '1e15', '999999999999999'],
    bad: ['1e309', 'x'],
  },
  { type: 'double(10,2)', good: ['1234567.89'], bad: ['1e300'] },
  { type: 'bit(1)', good: ['0', '1'], bad: ['2'], isKey: true },
  {
    type: 'bit(64)',
    good: ['0', '18446744073709551615', '9223372036854775809'],
    bad: ['18446744073709551616'],
    isKey: true,
  },
  { type: 'char(3)', good: ['', 'IDR', 'Ŝ🙏ß'], bad: ['RUPIAH'], isKey: true },
  { type: 'varchar(5)', good: ['', ' a ', 'Ŝ🙏ßéx', 'null', '[]'], bad: ['sixsix'], isKey: true },
  { type: 'varchar(5) character set latin1', column: latin1, good: ['éüß', '€'], bad: ['🙏'], isKey: true },
  { type: 'tinytext', good: ['', '3:abc', 'x'.repeat(255)], bad: ['x'.repeat(256)] },
  { type: 'text', good: ['x'.repeat(65_535)], bad: ['x'.repeat(65_536)] },
  { type: 'mediumtext', good: ['N', 'x'.repeat(70_000)], bad: [] },
  { type: 'longtext', good: ['\u0000\n"\\', 'x'.repeat(70_000)], bad: [] },
  { type: 'binary(4)', good: ['AAAAAA==', '/////w==', 'AQAAAA=='], bad: ['AQAAAAA='], isKey: true },
  {
    type: 'varbinary(400)',
    good: ['', 'AA==', 'AQAA', long],
    bad: [Buffer.alloc(401).toString('base64')],
    isKey: true,
  },
  { type: 'tinyblob', good: ['', 'AP8='], bad: [long] },
  { type: 'blob', good: ['', long], bad: [Buffer.alloc(65_536).toString('base64')] },
  { type: 'mediumblob', good: ['', long], bad: [] },
  { type: 'longblob', good: ['', Buffer.alloc(70_000, 'x').toString('base64')], bad: [] },
  {
    type: 'date',
    good: ['0000-00-00', '9999-12-31', '2026-11-00', '2028-02-29'],
    bad: ['2026-02-29'],
    isKey: true,
  },
  {
    type: 'datetime',
    good: ['0000-00-00 00:00:00', '9999-12-31 23:59:59', '2026-11-23 08:15:00'],
    bad: ['2026-11-23 25:00:00'],
    isKey: true,
  },
  {
    type: 'datetime(6)',
    good: ['9999-12-31 23:59:59.999999', '0000-00-00 00:00:00.000000'],
    bad: ['2026-13-01 00:00:00.000000'],
    isKey: true,
  },
  {
    type: 'timestamp(3)',
    good: ['0000-00-00 00:00:00.000', '1970-01-01 00:00:01.000', '2038-01-19 03:14:07.999'],
    bad: ['1970-01-01 00:00:00.000', '2038-01-19 03:14:08.000'],
    isKey: true,
  },
  { type: 'time', good: ['-838:59:59', '838:59:59', '00:00:00'], bad: ['839:00:00'], isKey: true },
  { type: 'time(3)', good: ['-00:00:00.001', '12:30:15.500'], bad: ['839:00:00.000'], isKey: true },
  { type: 'year', good: ['0000', '1901', '2155'], bad: ['1900', '2156'], isKey: true },
  { type: "enum('paid','0','it''s')", good: ['', 'paid', '0', "it's"], bad: ['lost'], isKey: true },
  { type: "enum('','a')", good: ['', 'a'], bad: ['lost'], isKey: true },
  { type: "set('x','y','it''s')", good: ['', 'x', 'x,y', "it's"], bad: ['lost'] },
  {
    type: 'json',
    good: ['null', '{}', '[1, 1.0, -0.0, "é\\u0001"]', '{"a": {"b": 12345678901234567890}, "bb": []}'],
    bad: ['{', '1e400'],
  },
  {
    type: 'geometry',
    good: ['POINT(106.8 -6.2)', 'GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))'],
    bad: ['POINT(1)'],
  },
  { type: 'point', good: ['POINT(1e20 -0.0000001)'], bad: ['LINESTRING(0 0,1 1)'] },
  { type: 'linestring', good: ['LINESTRING(0 0,1 1)'], bad: ['POINT(1 1)'] },
  {
    type: 'polygon',
    good: ['POLYGON((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0))'],
    bad: ['POLYGON((0 0,1 0,1 1))'],
  },
  { type: 'multipoint', good: ['MULTIPOINT((0 0),(1 1))'], bad: ['POINT(1 1)'] },
  { type: 'multilinestring', good: ['MULTILINESTRING((0 0,1 1),(2 2,3 3))'], bad: ['POINT(1 1)'] },
  { type: 'multipolygon', good: ['MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'], bad: ['POINT(1 1)'] },
  {
    type: 'geometrycollection',
    good: ['GEOMETRYCOLLECTION EMPTY', 'GEOMETRYCOLLECTION(POINT(1 2))'],
    bad: ['POINT(1 1)'],
  },
];
