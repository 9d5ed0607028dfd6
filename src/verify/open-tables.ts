import { sameName } from '../cdc/schema/column-types.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import { Broken } from '../cdc/types/column-type.ts';
import { keyColumn } from '../cdc/types/columns.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import { replicaTarget } from '../pipelines/cdc/replica-target.ts';
import { withReplicaLabels } from '../replica/replica-labels.ts';
import { readTableSchema } from '../mysql/schema/read-schema.ts';
import { readSourceSchema, replicaKeyOf } from '../mysql/schema/source-schema.ts';
import { withConnection } from '../mysql/server-connection.ts';
import type { ComparedTable } from './compared-table.ts';

export interface VerifyServers {
  readonly source: MysqlAddress;
  readonly target: MysqlAddress;
  readonly replicaDatabase: string;
}

/**
 * Opens a table on both servers for as long as `work` takes.
 *
 * @returns a sentence when the two cannot be compared
 * @throws AlirError MYSQL_*
 */
export async function withBothTables<T>(
  { source, target, replicaDatabase }: VerifyServers,
  { database, table }: { readonly database: string; readonly table: string },
  work: (source: ComparedTable, replica: ComparedTable) => Promise<T>,
): Promise<T | string> {
  return withConnection({ ...source, database: '' }, (left) =>
    withConnection({ ...target, database: '' }, async (right) => {
      const schema = await readSourceSchema(left, database, table, replicaKeyOf(right, replicaDatabase));
      const problem = schema === null ? goneTable(database, table) : keyProblem(schema);
      if (schema === null || problem !== null) return problem ?? '';
      const replica = await readTableSchema(right, replicaDatabase, schema.table);
      if (replica === null)
        return `${replicaDatabase}.${schema.table} does not exist: alir run creates it when it sees the source's table.`;
      const lacks = lackingColumns(schema, replica);
      if (lacks !== null) return lacks;
      const target = replicaTarget(schema, replicaDatabase);
      return work(
        { schema, target, connection: left, database },
        {
          schema,
          target: withReplicaLabels(target, replica.columns),
          connection: right,
          database: replicaDatabase,
        },
      );
    }),
  );
}

function goneTable(database: string, table: string): string {
  return `The source has no table ${database}.${table}.`;
}

/** Why the rows of a table cannot be told apart, a sentence; null: they can. */
function keyProblem(schema: TableSchema): string | null {
  const name = `${schema.database}.${schema.table}`;
  if (schema.key.length === 0)
    return `${name} has no primary key and no unique index over NOT NULL columns: it has no replica.`;
  for (const column of schema.columns.filter((each) => schema.key.includes(each.name))) {
    const key = keyColumn(column);
    if (key instanceof Broken) return `${name}.${column.name}: ${key.rule}`;
  }
  return null;
}

/** Which columns a replica lacks, a sentence; null: none. */
function lackingColumns(schema: TableSchema, replica: TableSchema): string | null {
  const name = `${replica.database}.${replica.table}`;
  const lacking = schema.columns.filter(
    (column) => !replica.columns.some((other) => sameName(other.name, column.name)),
  );
  if (lacking.length === 0) return null;
  return `${name} lacks ${lacking.map((column) => column.name).join(', ')}: Alir adds what is missing when the table's next change arrives.`;
}
