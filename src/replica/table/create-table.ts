import { canBeKey, isComplete, sameName } from '../../cdc/schema/column-types.ts';
import type { IndexSchema } from '../../cdc/schema/index-schema.ts';
import { quoteName } from '../../cdc/schema/quote.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { columnClause } from './column-clause.ts';
import { extraColumns, isExtraColumn } from './extra-columns.ts';

export type ReplicaTable =
  { readonly ok: true; readonly sql: string } | { readonly ok: false; readonly reason: string };

/**
 * The CREATE TABLE of a source table's replica: the same columns (generated ones as plain ones), the source's key as
 * the primary key, then the extra columns.
 *
 * Every column outside the key takes NULL: a row from before an ALTER lacks the columns that it added.
 * Without defaults, AUTO_INCREMENT, foreign keys and checks: every row comes whole, and in the source's own order of
 * changes a child may arrive before its parent.
 *
 * @param indexes other indexes to have. All become plain ones, unique ones too: with a second unique index an upsert
 *   overwrites the row that the other index matches.
 */
export function createReplicaTable(
  schema: TableSchema,
  replicaDatabase: string,
  indexes: readonly IndexSchema[] = [],
): ReplicaTable {
  const reason = whyNotReplicable(schema);
  if (reason !== null) return { ok: false, reason };
  const inKey = (name: string): boolean => schema.key.some((part) => sameName(part, name));
  const lines = [
    ...schema.columns.map((column) => columnClause({ ...column, isNullable: !inKey(column.name) })),
    ...extraColumns.map(({ name, definition }) => `${quoteName(name)} ${definition}`),
    `PRIMARY KEY (${schema.key.map(quoteName).join(', ')})`,
    ...indexes.map(indexClause),
  ];
  return {
    ok: true,
    sql:
      `CREATE TABLE ${quoteName(replicaDatabase)}.${quoteName(schema.table)} (\n  ${lines.join(',\n  ')}\n) ` +
      `ENGINE = InnoDB DEFAULT CHARACTER SET ${schema.charset} COLLATE ${schema.collation}`,
  };
}

/** Why there can be no replica of such a table, in a sentence; null when there can. */
export function whyNotReplicable(schema: TableSchema): string | null {
  const name = `${schema.database}.${schema.table}`;
  if (schema.key.length === 0) {
    return `${name} has no primary key and no unique index over NOT NULL columns: its rows cannot be told apart.`;
  }
  const clash = schema.columns.find(isExtraColumn);
  if (clash !== undefined)
    return `${name}.${clash.name}: Alir adds a column of this name to the replica itself.`;
  const partial = schema.columns.find((column) => !isComplete(column));
  if (partial !== undefined || schema.collation === '') {
    return `${name}: its columns are not known in full (Maxwell reports no lengths); read them from the source.`;
  }
  const key = schema.columns.filter((column) => schema.key.some((part) => sameName(part, column.name)));
  const unfit = key.find((column) => !canBeKey(column));
  if (unfit !== undefined) {
    return `${name}.${unfit.name}: a ${unfit.dataType} column in the key; only its first bytes could be a key.`;
  }
  return null;
}

function indexClause({ name, columns }: IndexSchema): string {
  const parts = columns.map(
    (column) => quoteName(column.name) + (column.prefix === null ? '' : `(${column.prefix})`),
  );
  return `INDEX ${quoteName(name)} (${parts.join(', ')})`;
}
