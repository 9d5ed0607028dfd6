import { AlirError } from '../errors/alir-error.ts';
import type { BatchCounts } from '../pipelines/counts.ts';
import { findTable } from '../pipelines/cdc/cdc.ts';
import type { KeyText, TransformedRecord } from '../pipelines/packed-outcome.ts';
import type { TargetTable, Rejection } from '../pipelines/pipeline.ts';
import { insertBatch, readUnderLock, type AuditedBatch } from '../metadata/batches.ts';
import { collapse, type Change, type Changes } from './changes.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import {
  deadLettersJson,
  deadLettersOfRun,
  insertDeadLetters,
} from '../metadata/dead-letters/write-letters.ts';
import type { RowError } from '../mysql/mysql-error.ts';
import { closeLetters, unclosedOfRange } from '../metadata/dead-letters/close-letters.ts';
import { fateOf, lettersOf, newestOf } from './fates.ts';
import { untilAccepted, type Refused } from './until-accepted.ts';
import { releaseTable } from '../metadata/table-pauses.ts';
import { requestRefetches } from '../metadata/refetches.ts';
import { andRollBack, inTransaction, tryOut } from '../mysql/transaction.ts';
import { countKeysLeft, targetName, lockTarget } from '../metadata/targets.ts';
import { anyFences, writeChanges } from './write-changes.ts';

/** One attempt of one run to apply one batch. A later attempt of the same run finds its audit row and applies nothing. */
export interface BatchToApply extends AuditedBatch {
  readonly table: TargetTable;
  /** All records of the range, in offset order. */
  readonly records: readonly TransformedRecord[];
  /** A requested re-read: rows whose position equals the change's are written again. */
  readonly rewrite?: boolean;
  /** Finds out what would become of the batch; nothing is kept. */
  readonly dryRun?: boolean;
}

export interface AppliedBatch {
  readonly counts: BatchCounts;
  /** An earlier attempt of this run had committed; these are its counts. */
  readonly alreadyApplied: boolean;
  /** Records, by position in the list, that the table refused. They are in the dead letters, with the transform's. */
  readonly rejected: ReadonlyMap<number, Rejection>;
}

/**
 * Applies a batch: rows, fences, dead letters and the audit row in one transaction, in a few statements. Rows that the
 * database refuses are found and become dead letters; they never fail the batch. Applying it again, or an older batch
 * after a newer one, leaves the table right.
 *
 * @throws AlirError MYSQL_UNAVAILABLE, MYSQL_CONFLICT, MYSQL_ACCESS_DENIED or SCHEMA_NOT_MIGRATED: nothing was applied,
 *   or (the connection broke during the commit) all of it, and the next attempt finds the audit row
 */
export async function applyBatch(database: Database, batch: BatchToApply): Promise<AppliedBatch> {
  const startedMs = performance.now();
  const run = batch.dryRun ? andRollBack : inTransaction;
  return untilAccepted({
    prepare: (refused) => prepare(batch, refused),
    apply: (prepared, refused) =>
      run(database, (transaction) => apply(transaction, batch, prepared, refused, startedMs)),
    probe: (subset) => probeChanges(database, batch, subset),
  });
}

interface Prepared extends Changes {
  readonly deadLettered: number;
  readonly keysLeft: number;
  readonly deadJson: string;
  readonly bytes: number;
  /** Keys of rows that are to be read from the source. */
  readonly refetches: readonly KeyText[];
}

/** Everything that needs no connection is done before the transaction begins, since that holds the table's turn. */
function prepare(batch: BatchToApply, refused: Refused): Prepared {
  const changes = collapse(batch.table, batch.records, refused);
  const letters = lettersOf(batch.records, refused);
  let bytes = 0;
  let keysLeft = 0;
  const refetches = new Set<KeyText>();
  for (let index = 0; index < batch.records.length; index += 1) {
    const { record, outcome } = batch.records[index]!;
    bytes += record.size;
    if (outcome.kind === 'upsert' && outcome.leavesFormer && !refused.has(index)) keysLeft += 1;
    if (outcome.kind === 'dead' || outcome.kind === 'ignored')
      outcome.refetch?.forEach((key) => refetches.add(key));
  }
  const deadJson = letters.length === 0 ? '' : deadLettersJson(letters);
  return { ...changes, deadLettered: letters.length, keysLeft, deadJson, bytes, refetches: [...refetches] };
}

async function apply(
  transaction: Transaction,
  batch: BatchToApply,
  prepared: Prepared,
  refused: Refused,
  startedMs: number,
): Promise<AppliedBatch> {
  await lockTarget(transaction, batch.table, batch.pipeline);
  // The first plain read: the transaction's snapshot is taken here, when every earlier turn has been committed.
  const { owner, own, fences, endsPause, hasLetters } = await readUnderLock(
    transaction,
    targetName(batch.table),
    batch,
  );
  if (owner !== batch.pipeline) {
    throw new AlirError(
      'CONFIG_INVALID',
      `The table ${targetName(batch.table)} belongs to the pipeline ${owner}.`,
      {
        remedy: 'Give the pipeline a table of its own: versions of two pipelines cannot be compared.',
      },
    );
  }
  if (own) return { counts: own, alreadyApplied: true, rejected: await rejectedEarlier(transaction, batch) };

  const options = { rewrite: batch.rewrite ?? false, fences };
  const { counts: written, older } = await writeChanges(transaction, batch.table, prepared.changes, options);
  if (prepared.keysLeft > 0) await countKeysLeft(transaction, batch.table, prepared.keysLeft);
  const source = findTable(batch.range.topic);
  if (prepared.refetches.length > 0 && source !== null)
    await requestRefetches(transaction, batch.table, source, prepared.refetches);
  if (hasLetters) await closeRead(transaction, batch, prepared, refused, older);
  if (prepared.deadLettered > 0)
    await insertDeadLetters(transaction, batch, targetName(batch.table), prepared.deadJson);
  if (endsPause) await releaseTable(transaction, batch);
  const { superseded, ignored, deadLettered } = prepared;
  const counts = { rows: batch.records.length, ...written, superseded, ignored, deadLettered };
  await insertBatch(transaction, batch, counts, prepared.bytes, performance.now() - startedMs);
  return { counts, alreadyApplied: false, rejected: refused };
}

/** Closes the letters of the records that were read again, and are dead no more. */
async function closeRead(
  transaction: Transaction,
  batch: BatchToApply,
  { changes }: Prepared,
  refused: Refused,
  older: ReadonlySet<number>,
): Promise<void> {
  const indexes = new Map(batch.records.map(({ record }, index) => [record.offset, index]));
  const applied = { newest: newestOf(changes), older };
  const letters = await unclosedOfRange(transaction, batch);
  const closings = letters.flatMap(({ id, offset }) => {
    const index = indexes.get(offset);
    const fate = index === undefined ? null : fateOf(index, batch.records[index]!, refused, applied);
    return fate === null ? [] : [{ id, fate }];
  });
  await closeLetters(transaction, closings, batch.flag === 'live' ? 'read again' : `backfill ${batch.run}`);
}

/** What an earlier attempt of this run found the table to refuse: those records are not published as good ones. */
async function rejectedEarlier(
  transaction: Transaction,
  batch: BatchToApply,
): Promise<Map<number, Rejection>> {
  const letters = await deadLettersOfRun(transaction, batch);
  const rejected = new Map<number, Rejection>();
  batch.records.forEach(({ record, outcome }, index) => {
    const letter = letters.get(record.offset);
    if (letter && outcome.kind !== 'dead') rejected.set(index, letter);
  });
  return rejected;
}

/** Tries changes of a batch without keeping them; null: they work. */
export function probeChanges(
  database: Database,
  {
    table,
    pipeline,
    rewrite = false,
  }: { readonly table: TargetTable; readonly pipeline: string; readonly rewrite?: boolean },
  subset: readonly Change[],
): Promise<RowError | null> {
  return tryOut(database, async (transaction) => {
    await lockTarget(transaction, table, pipeline);
    await writeChanges(transaction, table, subset, { rewrite, fences: anyFences });
  });
}
