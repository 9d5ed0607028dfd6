import { createHash } from 'node:crypto';
import type { Connection } from 'mariadb';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { classifyMysqlError, mysqlFailureOf, RowError } from '../../mysql/mysql-error.ts';
import { planReplicaTable, type ReplicaOptions, type ReplicaPlan } from './plan-replica-table.ts';

const lockSeconds = 60;

/**
 * Makes the replica of a source table, or makes it fit the source as it is now. Workers that do so at the same time
 * wait for each other.
 *
 * Whether the table must be read again is only seen by the call that alters it. A caller that may not forget it asks
 * `planReplicaTable` first and keeps the answer.
 *
 * @param connection one connection (a named lock is held by it), opened with `driverOptions`
 * @throws AlirError SCHEMA_NOT_MIGRATED (no replica database), MYSQL_*
 */
export async function ensureReplicaTable(
  connection: Connection,
  schema: TableSchema,
  replicaDatabase: string,
  options: ReplicaOptions = {},
): Promise<ReplicaPlan> {
  try {
    return await withLock(connection, `${replicaDatabase}.${schema.table}`, async () => {
      const plan = await planReplicaTable(connection, schema, replicaDatabase, options);
      if (!('statements' in plan)) return plan;
      for (const statement of plan.statements) {
        const refusal = await refusalOf(connection, statement);
        if (refusal === null) continue;
        const name = `${replicaDatabase}.${schema.table}`;
        return plan.created
          ? { refused: `${name} cannot be created: ${refusal}` }
          : { paused: `${name} cannot be altered: ${refusal}` };
      }
      return plan;
    });
  } catch (error) {
    throw classifyMysqlError(error);
  }
}

/** Runs a statement; when the server refuses what it says, its words for it. Outages and conflicts are thrown. */
async function refusalOf(connection: Connection, statement: string): Promise<string | null> {
  try {
    await connection.query(statement);
    return null;
  } catch (error) {
    const known = classifyMysqlError(error);
    if (known instanceof RowError) return `${known.reason}.`;
    const { number, text } = mysqlFailureOf(error);
    if (known.code !== 'UNEXPECTED' || number === null) throw known;
    return `MySQL says (${number}): ${text}`;
  }
}

async function withLock<T>(connection: Connection, name: string, work: () => Promise<T>): Promise<T> {
  // A lock's name holds 64 characters at most.
  const lock = `alir:${createHash('sha1').update(name.toLowerCase()).digest('hex')}`;
  const [row] = await connection.query<{ held: bigint | number | null }[]>('SELECT GET_LOCK(?, ?) AS held', [
    lock,
    lockSeconds,
  ]);
  if (Number(row?.held) !== 1) {
    throw new AlirError(
      'MYSQL_CONFLICT',
      `Another worker has been altering ${name} for over ${lockSeconds} s.`,
    );
  }
  // By default an ALTER waits for a year behind somebody's open transaction, and everybody else behind it.
  const [session] = await connection.query<{ wait: bigint | number }[]>(
    'SELECT @@SESSION.lock_wait_timeout AS wait',
  );
  try {
    await connection.query('SET SESSION lock_wait_timeout = ?', [lockSeconds]);
    return await work();
  } finally {
    // On a dead connection these fail too, and the server has forgotten lock and setting.
    await connection
      .query('SET SESSION lock_wait_timeout = ?', [Number(session?.wait)])
      .catch(() => undefined);
    await connection.query('SELECT RELEASE_LOCK(?)', [lock]).catch(() => undefined);
  }
}
