import type { ColumnSchema } from './table-schema.ts';

/** Bytes of each whole-number type. */
export const wholeBytes: Readonly<Record<string, number>> = {
  tinyint: 1,
  smallint: 2,
  mediumint: 3,
  int: 4,
  bigint: 8,
};

/** Bytes that a text or blob type without a length of its own holds, narrowest first. */
export const textBytes: Readonly<Record<string, number>> = {
  tinytext: 255,
  text: 65_535,
  mediumtext: 16_777_215,
  longtext: 4_294_967_295,
};
export const blobBytes: Readonly<Record<string, number>> = {
  tinyblob: 255,
  blob: 65_535,
  mediumblob: 16_777_215,
  longblob: 4_294_967_295,
};

const clock = /^(?:datetime|timestamp|time)$/;
const sized = new Set(['char', 'varchar', 'binary', 'varbinary', 'bit']);
const spatial =
  /^(?:geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geom(?:etry)?collection)$/;

export const isWhole = ({ dataType }: ColumnSchema): boolean => dataType in wholeBytes;
export const isText = ({ dataType }: ColumnSchema): boolean =>
  dataType === 'char' || dataType === 'varchar' || dataType in textBytes;
export const isBinary = ({ dataType }: ColumnSchema): boolean =>
  dataType === 'binary' || dataType === 'varbinary' || dataType in blobBytes;
export const isList = ({ dataType }: ColumnSchema): boolean => dataType === 'enum' || dataType === 'set';
export const isClock = ({ dataType }: ColumnSchema): boolean => clock.test(dataType);
export const isSpatial = ({ dataType }: ColumnSchema): boolean => spatial.test(dataType);

/** Whether MySQL indexes the whole value of such a column, as a primary key of ours needs it. */
export function canBeKey(column: ColumnSchema): boolean {
  const { dataType } = column;
  return !(dataType in textBytes || dataType in blobBytes || dataType === 'json' || isSpatial(column));
}

/** Whether a column's type is known whole. What Maxwell's DDL messages say about one is often less. */
export function isComplete(column: ColumnSchema): boolean {
  if (sized.has(column.dataType) && column.length === null) return false;
  if (column.dataType === 'decimal' && (column.precision === null || column.scale === null)) return false;
  return !(isText(column) || isList(column)) || (column.charset !== null && column.collation !== null);
}

/** Columns are named without regard to case. */
export const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
