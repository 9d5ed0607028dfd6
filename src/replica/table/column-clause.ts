import { quoteName } from '../../cdc/schema/quote.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';

/** The parts of a column's definition that a replica keeps: no default, no AUTO_INCREMENT, no expression, no check. */
export type ReplicaColumn = Pick<
  ColumnSchema,
  'name' | 'columnType' | 'charset' | 'collation' | 'isNullable'
>;

/**
 * A column as CREATE TABLE and ALTER TABLE take it. NULL is written out: without it a TIMESTAMP is NOT NULL, with a
 * default of its own, on servers of the old kind.
 */
export function columnClause({ name, columnType, charset, collation, isNullable }: ReplicaColumn): string {
  // MariaDB knows a collection of geometries by its long name only, MySQL by both.
  const type = columnType === 'geomcollection' ? 'geometrycollection' : columnType;
  const text = charset === null || collation === null ? '' : ` CHARACTER SET ${charset} COLLATE ${collation}`;
  return `${quoteName(name)} ${type}${text} ${isNullable ? 'NULL' : 'NOT NULL'}`;
}
