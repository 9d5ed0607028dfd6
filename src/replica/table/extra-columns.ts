import { quoteName } from '../../cdc/schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';

interface ExtraColumn {
  readonly name: string;
  readonly dataType: string;
  /** Type and default, as CREATE TABLE takes them. */
  readonly definition: string;
}

/** What a replica table has beside the columns of its source: which change wrote the row, and when. */
export const extraColumns: readonly ExtraColumn[] = [
  { name: '_op', dataType: 'varchar', definition: "VARCHAR(16) NOT NULL DEFAULT ''" },
  { name: '_source_ts', dataType: 'datetime', definition: 'DATETIME(6) NULL' },
  { name: '_epoch', dataType: 'int', definition: 'INT NOT NULL DEFAULT 0' },
  { name: '_offset', dataType: 'bigint', definition: 'BIGINT NOT NULL DEFAULT 0' },
  { name: '_seq', dataType: 'bigint', definition: 'BIGINT NOT NULL DEFAULT 0' },
  { name: '_synced_at', dataType: 'datetime', definition: 'DATETIME(3) NULL' },
];

const names = new Set(extraColumns.map(({ name }) => name));

export function isExtraColumn({ name }: Pick<ColumnSchema, 'name'>): boolean {
  return names.has(name.toLowerCase());
}

/** A replica table without the extra columns: what it has of its source. */
export function dataOf(replica: TableSchema): TableSchema {
  return { ...replica, columns: replica.columns.filter((column) => !isExtraColumn(column)) };
}

/** The statement that puts back extra columns which somebody dropped or altered; null when all are there. */
export function mendExtraColumns({ database, table, columns }: TableSchema): string | null {
  const clauses = extraColumns.flatMap(({ name, dataType, definition }) => {
    const column = columns.find((candidate) => candidate.name.toLowerCase() === name);
    if (column === undefined) return [`ADD COLUMN ${quoteName(name)} ${definition}`];
    return column.dataType === dataType ? [] : [`MODIFY COLUMN ${quoteName(name)} ${definition}`];
  });
  if (clauses.length === 0) return null;
  return `ALTER TABLE ${quoteName(database)}.${quoteName(table)}\n  ${clauses.join(',\n  ')}`;
}
