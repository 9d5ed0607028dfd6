import { listValues } from '../cdc/schema/quote.ts';
import { sameName } from '../cdc/schema/column-types.ts';
import type { ColumnSchema } from '../cdc/schema/table-schema.ts';
import type { KeyColumn, TargetTable } from '../pipelines/pipeline.ts';
import type { Transaction } from '../mysql/connection.ts';

type Listed = Pick<ColumnSchema, 'name' | 'columnType'>;

/**
 * A table as its replica has it: labels of its ENUMs that only the replica has (the source dropped them, somebody added
 * them) come behind all of the source's, so that their rows lie within bounds too.
 *
 * @param columns of the replica
 */
export function withReplicaLabels(table: TargetTable, columns: readonly Listed[]): TargetTable {
  if (!hasLabels(table)) return table;
  return { ...table, key: table.key.map((column) => withLabelsOf(column, columns)) };
}

/** The same, its replica's columns read in a transaction. */
export async function readReplicaLabels(transaction: Transaction, table: TargetTable): Promise<TargetTable> {
  if (!hasLabels(table)) return table;
  const columns = await transaction.$queryRawUnsafe<Listed[]>(
    'SELECT COLUMN_NAME AS name, COLUMN_TYPE AS columnType FROM information_schema.COLUMNS ' +
      'WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    table.database ?? '',
    table.name,
  );
  return withReplicaLabels(table, columns);
}

function hasLabels({ key }: TargetTable): boolean {
  return key.some(({ labels }) => labels !== undefined);
}

function withLabelsOf(column: KeyColumn, columns: readonly Listed[]): KeyColumn {
  const { name, labels } = column;
  const own = columns.find((each) => sameName(each.name, name));
  if (labels === undefined || own === undefined) return column;
  const values = listValues(own.columnType);
  const listed = values.includes('') ? values : ['', ...values];
  const all = [...labels, ...listed.filter((label) => !labels.includes(label))];
  const isSortedOtherwise = all.some((label, place) => label !== listed[place]);
  return { ...column, labels: all, isSortedOtherwise };
}
