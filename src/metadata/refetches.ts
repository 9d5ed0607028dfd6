import { keyText, type KeyText } from '../pipelines/packed-outcome.ts';
import type { Key, TargetTable } from '../pipelines/pipeline.ts';
import { hashOfKey } from './key-hash.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import { byPrimaryKey } from '../mysql/key-index.ts';
import { targetName } from './targets.ts';
import { utf8 } from '../mysql/json-table.ts';
import type { TableName } from '../cdc/schema/table-name.ts';

/** A row that is to be read from the source, see etl_refetches. */
export interface Refetch {
  readonly key: Key;
  /** When it was asked for last, as MySQL prints it. */
  readonly requestedAt: string;
}

/** Asks for rows to be read from the source by their keys. The caller holds the table's turn. */
export async function requestRefetches(
  transaction: Transaction,
  table: Pick<TargetTable, 'database' | 'name'>,
  source: TableName,
  keys: readonly KeyText[],
): Promise<void> {
  const entries = keys.map((key) => [hashOfKey(key), key]);
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_refetches (target_table, key_hash, key_text, source_database, source_table, requested_at) ' +
      'SELECT ?, UNHEX(t.h), t.k, ?, ?, UTC_TIMESTAMP(6) FROM (SELECT * FROM JSON_TABLE(?, ' +
      `'$[*]' COLUMNS (h VARCHAR(32)${utf8} PATH '$[0]', k LONGTEXT${utf8} PATH '$[1]')) j) t ` +
      'ON DUPLICATE KEY UPDATE requested_at = VALUES(requested_at), problem = NULL',
    targetName(table),
    source.database,
    source.table,
    JSON.stringify(entries),
  );
}

/** The first of the rows of a table that are asked for and have no problem. */
export async function nextRefetches(
  database: Database,
  table: TargetTable,
  limit: number,
): Promise<Refetch[]> {
  const rows = await database.$queryRawUnsafe<{ k: string; at: string }[]>(
    'SELECT key_text AS k, CAST(requested_at AS CHAR) AS at FROM etl_refetches WHERE target_table = ? AND ' +
      'problem IS NULL ORDER BY key_hash LIMIT ?',
    targetName(table),
    limit,
  );
  return rows.map(({ k, at }) => ({ key: JSON.parse(k) as Key, requestedAt: at }));
}

/** Takes requests back that were served, but for those that were made again since. */
export async function removeRefetches(
  transaction: Transaction,
  table: TargetTable,
  served: readonly Refetch[],
): Promise<void> {
  const entries = served.map(({ key, requestedAt }) => [hashOfKey(keyText(key)), requestedAt]);
  await transaction.$executeRawUnsafe(
    `DELETE r FROM (SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS (h VARCHAR(32)${utf8} PATH '$[0]', ` +
      `a VARCHAR(26)${utf8} PATH '$[1]')) j) t STRAIGHT_JOIN etl_refetches r ${byPrimaryKey} ` +
      'ON r.target_table = ? AND r.key_hash = UNHEX(t.h) AND r.requested_at <= CAST(t.a AS DATETIME(6))',
    JSON.stringify(entries),
    targetName(table),
  );
}

/** The source tables of which rows are asked for. */
export function tablesWithRefetches(database: Database): Promise<TableName[]> {
  return database.$queryRawUnsafe<TableName[]>(
    'SELECT DISTINCT source_database AS `database`, source_table AS `table` FROM etl_refetches ' +
      'WHERE problem IS NULL',
  );
}

/** Notes why a row cannot be read, unless it was asked for again since. */
export async function noteProblem(
  database: Database,
  table: TargetTable,
  { key, requestedAt }: Refetch,
  problem: string,
): Promise<void> {
  await database.$executeRawUnsafe(
    'UPDATE etl_refetches SET problem = ? WHERE target_table = ? AND key_hash = UNHEX(?) ' +
      'AND requested_at <= CAST(? AS DATETIME(6))',
    problem.slice(0, 1024),
    targetName(table),
    hashOfKey(keyText(key)),
    requestedAt,
  );
}

/** Rows of source tables that are asked for and not read yet: how many, and why one of them cannot be read. */
export async function countRefetches(
  database: Database,
): Promise<(TableName & { readonly rows: number; readonly problem: string | null })[]> {
  const found = await database.etlRefetch.groupBy({
    by: ['sourceDatabase', 'sourceTable'],
    _count: { _all: true },
    _max: { problem: true },
  });
  return found.map(({ sourceDatabase, sourceTable, _count, _max }) => ({
    database: sourceDatabase,
    table: sourceTable,
    rows: _count._all,
    problem: _max.problem,
  }));
}
