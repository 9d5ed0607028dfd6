import {
  accentKey, bigKey, binaryKey, charKey, compositeKey, decimalKey, intKey, latinKey, paddedTextKey, pairKey, timeKey,
  type KeySpace,
} from './keys.ts'; // prettier-ignore
import { date, datetime, document, point, setOf, timestamp } from './structured-values.ts';
import * as values from './values.ts';
import { orNull, type Make } from './values.ts';

export interface Column {
  readonly name: string;
  /** As in CREATE TABLE, with NOT NULL and a default where it has them. */
  readonly type: string;
  readonly place: string;
  /** Null: the server computes it. */
  readonly make: Make | null;
  /** No two rows hold the same value, except NULL. */
  readonly isUnique: boolean;
}

/** A source table as it is created. */
export interface TableDesign {
  readonly name: string;
  /** Null: `id BIGINT AUTO_INCREMENT`, given by the server. */
  readonly key: KeySpace | null;
  readonly columns: readonly Column[];
  readonly indexes?: readonly string[];
  readonly partitioning?: Partitioning | null;
  /** Rows that it begins with, default 0. */
  readonly rows?: number;
  /** The names of all columns as they stand in the table; default: the key's first. */
  readonly order?: readonly string[];
}

/** By `id`, the only column of the key. */
export type Partitioning =
  | { readonly by: 'range'; readonly parts: readonly RangePart[] }
  | { readonly by: 'hash'; readonly count: number };

/** The rows from the part before up to `below`, which does not belong to it. */
export interface RangePart {
  readonly name: string;
  readonly below: number;
}

/** Every transaction of the workload leaves its number here: it has come as far as its highest step. */
export const stepsTable = 'workload_steps';

export function nullable(name: string, type: string, make: Make): Column {
  return { name, type: `${type} NULL`, place: '?', make: orNull(make), isUnique: false };
}

export function required(name: string, type: string, make: Make): Column {
  return { name, type: `${type} NOT NULL`, place: '?', make, isUnique: false };
}

function computed(name: string, type: string): Column {
  return { name, type, place: '', make: null, isUnique: false };
}

function geometry(column: Column): Column {
  return { ...column, place: 'ST_GeomFromText(?)' };
}

function integer(type: string, bits: number, unsigned: boolean): Column {
  const name = `${type.replace(/\W/g, '').toLowerCase()}${unsigned ? '_u' : ''}`;
  const [min, max] = unsigned
    ? [0n, 2n ** BigInt(bits) - 1n]
    : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  return nullable(name, unsigned ? `${type} UNSIGNED` : type, values.whole(min, max));
}

const widths = [['TINYINT', 8], ['SMALLINT', 16], ['MEDIUMINT', 24], ['INT', 32], ['BIGINT', 64]] as const; // prettier-ignore
const utf8 = (type: string, collation: string) => `${type} CHARACTER SET utf8mb4 COLLATE ${collation}`;
const fresh =
  (prefix: string): Make =>
  (_random, serial) =>
    `${prefix}-${serial}`;

const boolean = nullable('is_active', 'TINYINT(1)', values.oneOf(0, 1));
export const note = nullable('note', utf8('VARCHAR(200)', 'utf8mb4_0900_ai_ci'), values.text(200));
export const price = required('price', 'DECIMAL(20,2)', values.decimal(20, 2));
export const status = required(
  'status',
  "ENUM('pending','paid','shipped','done')",
  values.oneOf('pending', 'paid', 'done'),
);

/** About twenty tables that together hold every type which Maxwell carries whole. */
export const tables: readonly TableDesign[] = [
  {
    name: 'signed_numbers',
    key: null,
    columns: [boolean, ...widths.map(([type, bits]) => integer(type, bits, false))],
  },
  {
    name: 'unsigned_numbers',
    key: bigKey(),
    columns: widths.map(([type, bits]) => integer(type, bits, true)),
  },
  {
    name: 'decimals',
    key: decimalKey,
    columns: [
      nullable('longest', 'DECIMAL(65,30)', values.decimal(65, 30)),
      price,
      nullable('whole', 'DECIMAL(30,0)', values.decimal(30, 0)),
      nullable('small', 'DECIMAL(10,8)', values.decimal(10, 8)),
    ],
  },
  {
    name: 'floats',
    key: intKey,
    columns: [
      nullable('single', 'FLOAT', values.float),
      nullable('double_', 'DOUBLE', values.double),
      required('rate', 'DOUBLE', values.double),
    ],
  },
  {
    name: 'bits',
    key: pairKey,
    columns: [
      nullable('bit1', 'BIT(1)', values.oneOf(0, 1)),
      nullable('bit8', 'BIT(8)', values.whole(0n, 255n)),
      required('flags', 'BIT(8)', values.whole(0n, 255n)),
    ],
  },
  {
    name: 'texts_general',
    key: paddedTextKey('utf8mb4_general_ci'),
    columns: [
      nullable('varchar_', utf8('VARCHAR(100)', 'utf8mb4_general_ci'), values.text(100)),
      nullable('char_', utf8('CHAR(10)', 'utf8mb4_general_ci'), values.text(10)),
      nullable('text_', utf8('TEXT', 'utf8mb4_general_ci'), values.text(300)),
    ],
  },
  {
    name: 'texts_0900',
    key: accentKey,
    columns: [
      required('exact', utf8('VARCHAR(100)', 'utf8mb4_0900_as_cs'), values.text(100)),
      nullable('bin', utf8('VARCHAR(100)', 'utf8mb4_bin'), values.text(100)),
      nullable('tinytext_', utf8('TINYTEXT', 'utf8mb4_0900_ai_ci'), values.text(60)),
      nullable('mediumtext_', utf8('MEDIUMTEXT', 'utf8mb4_unicode_ci'), values.longText(70_000)),
      nullable('longtext_', utf8('LONGTEXT', 'utf8mb4_0900_ai_ci'), values.text(500)),
    ],
  },
  {
    name: 'texts_latin1',
    key: latinKey,
    columns: [
      nullable('varchar_', 'VARCHAR(50) CHARACTER SET latin1', values.latinText(50)),
      nullable('char_', 'CHAR(8) CHARACTER SET latin1 COLLATE latin1_bin', values.latinText(8)),
      nullable('text_', 'TEXT CHARACTER SET latin1', values.latinText(100)),
    ],
  },
  {
    name: 'binaries',
    key: binaryKey,
    columns: [
      nullable('fixed', 'BINARY(8)', values.bytes(8, 8)),
      required('varying', 'VARBINARY(40)', values.bytes(0, 40)),
      nullable('tinyblob_', 'TINYBLOB', values.bytes(0, 255)),
      nullable('blob_', 'BLOB', values.bytes(0, 600)),
      nullable('longblob_', 'LONGBLOB', values.bytes(0, 100)),
    ],
  },
  {
    name: 'dates',
    key: timeKey,
    columns: [
      nullable('date_', 'DATE', date),
      nullable('datetime0', 'DATETIME', datetime(0)),
      nullable('datetime3', 'DATETIME(3)', datetime(3)),
      required('datetime6', 'DATETIME(6)', datetime(6)),
      nullable('year_', 'YEAR', values.whole(1901n, 2155n)),
    ],
  },
  {
    name: 'timestamps',
    key: null,
    columns: [
      nullable('seconds', 'TIMESTAMP', timestamp(0)),
      nullable('micros', 'TIMESTAMP(6)', timestamp(6)),
    ],
  },
  {
    name: 'choices',
    key: compositeKey,
    columns: [
      status,
      nullable(
        'size',
        utf8("ENUM('kecil','sedang','besar é')", 'utf8mb4_general_ci'),
        values.oneOf('kecil', 'besar é'),
      ),
      nullable(
        'tags',
        "SET('baru','diskon','habis','terlaris')",
        setOf('baru', 'diskon', 'habis', 'terlaris'),
      ),
    ],
  },
  {
    name: 'documents',
    key: charKey,
    columns: [nullable('body', 'JSON', document), required('meta', 'JSON', document)],
  },
  {
    name: 'places',
    key: intKey,
    columns: [geometry(nullable('at', 'POINT', point)), geometry(required('shape', 'GEOMETRY', point))],
  },
  {
    name: 'computed_columns',
    key: intKey,
    columns: [
      required('qty', 'INT', values.whole(0n, 1000n)),
      required('price', 'DECIMAL(12,2)', values.decimal(12, 2)),
      computed('total', 'DECIMAL(20,2) GENERATED ALWAYS AS (qty * price) STORED'),
      computed('double_qty', 'BIGINT GENERATED ALWAYS AS (qty * 2) VIRTUAL'),
      note,
    ],
  },
  {
    name: 'unique_codes',
    key: intKey,
    columns: [
      { ...nullable('code', utf8('VARCHAR(40)', 'utf8mb4_general_ci'), fresh('KODE')), isUnique: true },
      { ...nullable('serial', 'BIGINT UNSIGNED', (_random, serial) => serial), isUnique: true },
      note,
    ],
    indexes: ['UNIQUE KEY by_code (code)', 'UNIQUE KEY by_serial (serial)'],
  },
  {
    name: 'unique_pairs',
    key: bigKey(),
    columns: [
      status,
      { ...required('slug', 'VARCHAR(40) CHARACTER SET latin1', fresh('slug')), isUnique: true },
      price,
    ],
    indexes: ['UNIQUE KEY by_slug (slug, status)', 'KEY by_status (status)'],
  },
  { name: 'without_primary_key', key: paddedTextKey('utf8mb4_unicode_ci', false), columns: [price, note] },
  { name: 'events', key: null, columns: [status, note, nullable('at', 'DATETIME(3)', datetime(3)), price] },
  {
    name: 'bulk_rows',
    key: bigKey(20_000),
    columns: [status, price, nullable('touched', 'DATETIME(6)', datetime(6))],
  },
];

/** CREATE TABLE of a design. */
export function createTable(design: Omit<TableDesign, 'rows'>): string {
  const { name, key, columns, indexes = [], partitioning, order } = design;
  const keyColumns = key?.columns.map((column) => ({
    name: column.name,
    type: `${column.type} NOT NULL`,
  })) ?? [{ name: 'id', type: 'BIGINT NOT NULL AUTO_INCREMENT' }];
  const keyNames = keyColumns.map((column) => quoted(column.name)).join(', ');
  const all = new Map([...keyColumns, ...columns].map((column) => [column.name, column.type]));
  const definitions = [
    ...(order ?? [...all.keys()]).map((column) => `${quoted(column)} ${all.get(column)}`),
    `${key?.isPrimary === false ? 'UNIQUE KEY by_key' : 'PRIMARY KEY'} (${keyNames})`,
    ...indexes,
  ];
  return (
    `CREATE TABLE ${quoted(name)} (${definitions.join(', ')}) DEFAULT CHARACTER SET utf8mb4` +
    (partitioning ? ` PARTITION BY ${partitionClause(partitioning)}` : '')
  );
}

function partitionClause(partitioning: Partitioning): string {
  return partitioning.by === 'hash'
    ? `HASH (id) PARTITIONS ${partitioning.count}`
    : `RANGE (id) (${partitioning.parts.map(partDefinition).join(', ')})`;
}

export function partDefinition({ name, below }: RangePart): string {
  return `PARTITION ${name} VALUES LESS THAN (${below})`;
}

/** A name in an SQL statement. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
