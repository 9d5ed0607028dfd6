/**
 * The pause of a replica's table that a batch takes, since it cannot go on and nothing may pass it. It belongs to the
 * table's row in etl_replica_tables: whichever process applies the batch ends it, in the transaction that does.
 */
import { cdc, findTable, topicOf } from '../pipelines/cdc/cdc.ts';
import type { Flag, RecordRange } from '../pipelines/range.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import { inTransaction } from '../mysql/transaction.ts';
import { lockTarget } from './targets.ts';
import { goOn } from './table-states.ts';

/** A batch that holds a table, or may end the pause of one that does. */
interface Batch {
  readonly pipeline: string;
  readonly range: RecordRange & { readonly epoch: number };
  readonly flag: Flag;
}

interface HeldRow {
  readonly state: string;
  readonly reason: string | null;
  readonly held: bigint | number | boolean;
  readonly epoch: number | null;
  readonly partition: number | null;
  readonly first: bigint | null;
}

/**
 * Marks the table of a batch's topic as one that waits for people. Batches of other pipelines that read the same topic,
 * and replays, hold nothing: the table's changes go on. What is wrong with the table itself is told first, and ends by
 * itself; of several partitions that wait, one holds the table until it goes on.
 *
 * @param reason for people
 * @param batch.syncAt when the batch was made, ISO 8601
 */
export async function holdTable(
  database: Database,
  replicaDatabase: string,
  {
    range: { pipeline, ...range },
    ...batch
  }: {
    readonly range: Batch['range'] & { readonly pipeline: string };
    readonly flag: Flag;
    readonly syncAt: string;
    readonly run: string;
  },
  reason: string,
): Promise<void> {
  const source = findTable(range.topic);
  if (source === null || pipeline !== cdc.name || batch.flag !== 'live') return;
  const text = reason.slice(0, 1024);
  const since = new Date(batch.syncAt);
  const place = [source.database, source.table];
  const look =
    'SELECT state, reason, held_by_batch AS held, held_epoch AS epoch, held_partition AS `partition`, ' +
    'held_offset AS first FROM etl_replica_tables WHERE source_database = ? AND source_table = ?';
  const [seen] = await database.$queryRawUnsafe<HeldRow[]>(look, ...place);
  if (isTold(seen, range, text)) return;
  await inTransaction(database, async (transaction) => {
    // Whoever applies the batch has done so before, and is found below, or comes after this and finds the mark.
    await lockTarget(transaction, { database: replicaDatabase, name: source.table }, pipeline);
    const [now] = await transaction.$queryRawUnsafe<HeldRow[]>(`${look} FOR UPDATE`, ...place);
    if (isTold(now, range, text)) return;
    if (await isPassed(transaction, { ...range, since, run: batch.run })) return;
    await transaction.$executeRawUnsafe(
      'INSERT INTO etl_replica_tables (source_database, source_table, state, reason, held_by_batch, held_epoch, ' +
        'held_partition, held_offset, held_since, updated_at) ' +
        "VALUES (?, ?, 'paused', ?, TRUE, ?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE state = VALUES(state), " +
        'reason = VALUES(reason), held_by_batch = TRUE, held_epoch = VALUES(held_epoch), ' +
        'held_partition = VALUES(held_partition), held_offset = VALUES(held_offset), ' +
        'held_since = VALUES(held_since), updated_at = VALUES(updated_at)',
      ...place,
      text,
      range.epoch,
      range.partition,
      range.first,
      since,
    );
  });
}

/** Whether there is nothing to mark: something else holds the table, or this batch does, and says so. */
function isTold(row: HeldRow | undefined, range: Batch['range'], reason: string): boolean {
  if (row === undefined || (row.state !== 'paused' && row.state !== 'refused')) return false;
  if (Number(row.held) === 0) return true;
  if (row.epoch !== range.epoch || row.first === null) return false;
  return row.partition !== range.partition || (Number(row.first) === range.first && row.reason === reason);
}

/** The condition on etl_replica_tables (r) that a batch ends the pause of its table by being applied. */
export function endedBy({ pipeline, range, flag }: Batch): {
  readonly sql: string;
  readonly values: unknown[];
} {
  const source = pipeline === cdc.name && flag === 'live' ? findTable(range.topic) : null;
  if (source === null) return { sql: 'FALSE', values: [] };
  return {
    // A mark without an offset is of an earlier build.
    sql:
      'r.source_database = ? AND r.source_table = ? AND r.held_by_batch AND (r.held_offset IS NULL ' +
      'OR r.held_epoch < ? OR (r.held_epoch = ? AND r.held_partition = ? AND r.held_offset <= ?))',
    values: [source.database, source.table, range.epoch, range.epoch, range.partition, range.last],
  };
}

/** Ends the pause that an applied batch, or one before it, holds; in the transaction that applies it. */
export async function releaseTable(transaction: Transaction, batch: Batch): Promise<void> {
  const ended = endedBy(batch);
  await transaction.$executeRawUnsafe(`${release} WHERE ${ended.sql}`, ...ended.values);
}

/** A table that has become paused or refused for a reason of its own is not held any more. */
const release = `UPDATE etl_replica_tables r SET r.held_by_batch = FALSE, ${goOn}, r.updated_at = UTC_TIMESTAMP(6)`;

/**
 * Ends the pauses of batches that nobody will apply any more: their records fell out of the log, or their topic was
 * made again.
 */
export async function releasePassed(database: Database): Promise<void> {
  const held = await database.etlReplicaTable.findMany({
    where: { heldByBatch: true, heldOffset: { not: null } },
  });
  for (const { sourceDatabase, sourceTable, heldEpoch, heldPartition, heldOffset, heldSince } of held) {
    const [epoch, partition, first] = [Number(heldEpoch), Number(heldPartition), Number(heldOffset)];
    const topic = topicOf(sourceDatabase, sourceTable);
    if (!(await isPassed(database, { topic, epoch, partition, first, since: heldSince! }))) continue;
    await database.$executeRawUnsafe(
      `${release} WHERE r.source_database = ? AND r.source_table = ? AND r.held_by_batch ` +
        'AND r.held_epoch = ? AND r.held_partition = ? AND r.held_offset = ?',
      sourceDatabase,
      sourceTable,
      epoch,
      partition,
      first,
    );
  }
}

/** Whether what a batch read has been applied, or given up, since the batch was made; or its topic has ended. */
async function isPassed(
  database: Pick<Transaction, '$queryRawUnsafe'>,
  batch: Pick<Batch['range'], 'topic' | 'epoch' | 'partition' | 'first'> & {
    readonly since: Date;
    /** The batch's own run, whatever the clocks say. */
    readonly run?: string;
  },
): Promise<boolean> {
  // Two questions, each by an index of its own: where offsets were reset, the partition has any number of older batches.
  const partition = [cdc.name, batch.topic, batch.epoch, batch.partition];
  const ofPartition =
    'EXISTS (SELECT 1 FROM etl_batches WHERE pipeline = ? AND topic = ? AND epoch = ? AND `partition` = ? AND ';
  const [row] = await database.$queryRawUnsafe<{ passed: bigint | number }[]>(
    'SELECT EXISTS (SELECT 1 FROM etl_topic_epochs WHERE topic = ? AND epoch > ?) ' +
      `OR ${ofPartition}first_offset = ? AND run = ? AND flag = 'live') ` +
      `OR ${ofPartition}last_offset >= ? AND flag = 'live' AND committed_at >= ?) AS passed`,
    batch.topic,
    batch.epoch,
    ...partition,
    batch.first,
    batch.run ?? '',
    ...partition,
    batch.first,
    batch.since,
  );
  return Number(row?.passed) !== 0;
}
