import { keyColumn, targetColumn } from '../../cdc/types/columns.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { KeyColumn, TargetTable } from '../pipeline.ts';

const built = new WeakMap<TableSchema, TargetTable>();

/** The replica of a source table as a target; the same object for the same schema, since statements are built for it. */
export function replicaTarget(schema: TableSchema, replicaDatabase: string): TargetTable {
  const known = built.get(schema);
  if (known?.database === replicaDatabase) return known;
  const isKey = ({ name }: ColumnSchema): boolean => schema.key.includes(name);
  const target: TargetTable = {
    database: replicaDatabase,
    name: schema.table,
    key: schema.key.map((name) => keyOf(schema, name)),
    columns: [
      ...schema.columns.filter((column) => !isKey(column)).map(targetColumn),
      { name: '_op', role: 'meta' },
      { name: '_source_ts', role: 'meta' },
      { name: '_synced_at', role: 'meta' },
    ],
    versionColumns: ['_epoch', '_offset', '_seq'],
  };
  built.set(schema, target);
  return target;
}

function keyOf(schema: TableSchema, name: string): KeyColumn {
  const column = schema.columns.find((each) => each.name === name);
  const key = column && keyColumn(column);
  if (key === undefined || key instanceof Broken) {
    const why = key?.rule ?? 'is not there';
    throw new AlirError('TABLE_PAUSED', `${schema.database}.${schema.table}.${name} ${why}.`);
  }
  // No two labels of an ENUM are equal.
  return { ...key, isCollated: column?.collation !== null && key.labels === undefined };
}
