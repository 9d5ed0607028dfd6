import { sameName } from '../../cdc/schema/column-types.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import type { Database } from '../connection.ts';
import type { Querier } from './information-schema.ts';
import { readTable } from './read-schema.ts';

/** Reads the primary key of the replica's table of that name; empty: there is none. */
export type ReadReplicaKey = (table: string) => Promise<readonly string[]>;

/**
 * Reads a table of the source. Without a primary key, the unique index that became its replica's key stays the key for
 * as long as the table has it over NOT NULL columns, whatever others come and whatever they are called.
 *
 * @returns null when there is no such table, or the user may not see it
 */
export async function readSourceSchema(
  connection: Querier,
  database: string,
  table: string,
  readReplicaKey: ReadReplicaKey,
): Promise<TableSchema | null> {
  const found = await readTable(connection, database, table);
  if (found === null || found.schema.hasPrimaryKey || found.keys.length < 2) return found?.schema ?? null;
  const former = await readReplicaKey(found.schema.table);
  const kept = found.keys.find(
    (key) => key.length === former.length && key.every((name, index) => sameName(name, former[index]!)),
  );
  return kept === undefined ? found.schema : { ...found.schema, key: kept };
}

const primaryKey =
  'SELECT COLUMN_NAME AS name FROM information_schema.STATISTICS ' +
  "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX";

interface KeyColumnRow {
  readonly name: string;
}

/** Asks a connection to the server of the replica. */
export function replicaKeyOf(connection: Querier, replicaDatabase: string): ReadReplicaKey {
  return async (table) => {
    const rows = await connection.query<KeyColumnRow[]>(primaryKey, [replicaDatabase, table]);
    return rows.map(({ name }) => name);
  };
}

/** Asks the server of the replica through the bookkeeping, which is on the same one. */
export function replicaKeyBeside(database: Database, replicaDatabase: string): ReadReplicaKey {
  return async (table) => {
    const rows = await database.$queryRawUnsafe<KeyColumnRow[]>(primaryKey, replicaDatabase, table);
    return rows.map(({ name }) => name);
  };
}
