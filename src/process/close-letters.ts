/** Closes dead letters that something has made up for: a newer version of the row, or a reading of the whole table. */
import { closeByKey, type KeyCursor } from '../apply/close-by-key.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import { closeLetters } from '../metadata/dead-letters/close-letters.ts';
import { lettersBeforeReadings } from '../metadata/dead-letters/letters-before-readings.ts';
import { lockTarget } from '../metadata/targets.ts';
import type { Database } from '../mysql/connection.ts';
import { readTableSchema } from '../mysql/schema/read-schema.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { inTransaction } from '../mysql/transaction.ts';
import type { Logger } from '../observability/logger.ts';
import { cdc, findTable, topicOf } from '../pipelines/cdc/cdc.ts';
import { replicaTarget } from '../pipelines/cdc/replica-target.ts';
import type { TargetTable } from '../pipelines/pipeline.ts';
import { ownTables } from '../pipelines/registry.ts';
import { dataOf } from '../replica/table/extra-columns.ts';
import { startRepeating } from './repeat.ts';

const everyMs = 60_000;

export interface LetterCloser {
  readonly database: Database;
  readonly target: MysqlAddress;
  /** Database of the source, whose tables have replicas. */
  readonly source: string;
  readonly replicaDatabase: string;
}

/** Looks once a minute. Several processes may do so at the same time. */
export function startLetterCloser(closer: LetterCloser & { readonly logger: Logger }): {
  stop(): Promise<void>;
} {
  const { logger } = closer;
  const cursor: KeyCursor = new Map();
  const failed = 'cannot close dead letters that were made up for; they stay open until the next attempt';
  return startRepeating({ everyMs, logger, failed }, async () => {
    const closed = (await closeRead(closer)) + (await closeNewer(closer, cursor));
    if (closed > 0) logger.info({ closed }, 'closed dead letters that something newer has made up for');
  });
}

/** Closes letters of tables that were read from the source after the record: what it did is in there, if it is still true. */
export async function closeRead({ database, replicaDatabase }: LetterCloser): Promise<number> {
  let closed = 0;
  for (const [topic, ids] of await lettersBeforeReadings(database, cdc.name, topicOf)) {
    const name = findTable(topic)?.table;
    if (name === undefined) continue;
    await inTransaction(database, async (transaction) => {
      await lockTarget(transaction, { database: replicaDatabase, name }, cdc.name);
      const closings = ids.map((id) => ({ id, fate: 'ignored' as const }));
      await closeLetters(transaction, closings, 'read from the source');
    });
    closed += ids.length;
  }
  return closed;
}

/** Closes letters whose rows are newer by now. */
export function closeNewer(closer: LetterCloser, cursor: KeyCursor): Promise<number> {
  return closeByKey(closer.database, (target) => tableOf(closer, target), cursor);
}

/** A replica's table is taken as it is: what looks at its rows must not change it. */
async function tableOf(
  { target, source, replicaDatabase }: LetterCloser,
  name: string,
): Promise<TargetTable | null> {
  const own = ownTables.find((table) => table.database === undefined && table.name === name);
  if (own !== undefined) return own;
  const prefix = `${replicaDatabase}.`;
  if (!name.startsWith(prefix)) return null;
  const replica = await withConnection(target, (connection) =>
    readTableSchema(connection, replicaDatabase, name.slice(prefix.length)),
  );
  return replica && replicaTarget({ ...dataOf(replica), database: source }, replicaDatabase);
}
