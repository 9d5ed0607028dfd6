import type { Connection } from 'mariadb';
import { quoteName } from '../../cdc/schema/quote.ts';
import { sameName } from '../../cdc/schema/column-types.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { asUtf8 } from '../../cdc/types/column-type.ts';
import { targetColumn } from '../../cdc/types/columns.ts';
import type { MysqlAddress } from '../../config/load-config.ts';
import { listTables, readTableSchema } from '../../mysql/schema/read-schema.ts';
import { withConnection } from '../../mysql/server-connection.ts';

export interface ReplicaComparison {
  /** Rows of all tables of the source. */
  readonly rows: number;
  /** Tables of the source whose replica has other rows, lacks columns or is not there; empty: all are equal. */
  readonly differing: readonly string[];
}

/**
 * Compares every table of the source with its replica, by the number of rows and a checksum over all values. The
 * servers compute both, so no row travels. Nothing may write meanwhile.
 *
 * @throws AlirError MYSQL_*
 */
export async function compareReplica(
  source: MysqlAddress,
  target: MysqlAddress,
  replicaDatabase: string,
): Promise<ReplicaComparison> {
  return withConnection(source, (left) =>
    withConnection({ ...target, database: '' }, async (right) => {
      let rows = 0;
      const differing: string[] = [];
      for (const table of await listTables(left, source.database)) {
        const schema = await readTableSchema(left, source.database, table);
        if (schema === null) continue; // dropped since the tables were listed
        const [original, copy] = await Promise.all([
          sumUp(left, schema, source.database),
          sumUpReplica(right, schema, replicaDatabase),
        ]);
        rows += original.rows;
        if (copy?.rows !== original.rows || copy.checksum !== original.checksum) differing.push(table);
      }
      return { rows, differing };
    }),
  );
}

interface Sum {
  readonly rows: number;
  readonly checksum: string;
}

/** Null: there is no replica, or it lacks columns. */
async function sumUpReplica(
  connection: Connection,
  schema: TableSchema,
  replicaDatabase: string,
): Promise<Sum | null> {
  const replica = await readTableSchema(connection, replicaDatabase, schema.table);
  const isWhole = schema.columns.every(({ name }) =>
    replica?.columns.some((column) => sameName(column.name, name)),
  );
  return replica !== null && isWhole ? sumUp(connection, schema, replicaDatabase) : null;
}

/**
 * The rows of one side. The source's columns on both: the replica may keep a value in another type, as long as it
 * prints the same.
 *
 * A row's number is made of the digests of its values, so that neither lengths nor separators matter. The numbers are
 * added up: rows come in any order, and two equal rows do not cancel each other as they would with XOR.
 */
async function sumUp(connection: Connection, schema: TableSchema, database: string): Promise<Sum> {
  const values = schema.columns.map((column) => {
    const sql = `x.${quoteName(column.name)}`;
    const text = targetColumn(column).toText?.(sql) ?? asUtf8(sql);
    // CONCAT_WS leaves NULLs out: the flag before says that one was there.
    return `ISNULL(${sql}), MD5(${text})`;
  });
  const row = `CONV(LEFT(MD5(CONCAT_WS(',', ${values.join(', ')})), 15), 16, 10)`;
  const [sum] = await connection.query<{ n: bigint | number; checksum: string }[]>(
    `SELECT COUNT(*) AS n, CAST(COALESCE(SUM(CAST(${row} AS DECIMAL(30))), 0) AS CHAR) AS checksum ` +
      `FROM ${quoteName(database)}.${quoteName(schema.table)} x`,
  );
  return { rows: Number(sum?.n ?? 0), checksum: sum?.checksum ?? '' };
}
