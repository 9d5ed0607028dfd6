import { randomUUID } from 'node:crypto';
import { applyBatch, type AppliedBatch, type BatchToApply } from '../../src/apply/apply-batch.ts';
import type { Database } from '../../src/mysql/connection.ts';
import { packOutcome, type TransformedRecord } from '../../src/pipelines/packed-outcome.ts';
import type { Key, Outcome, TargetTable } from '../../src/pipelines/pipeline.ts';
import { unsignedKey } from '../../src/pipelines/orders/target-row.ts';
import { makeRecord } from './records.ts';

/** A small table with the position columns of a CDC target. */
export const notesTable: TargetTable = {
  name: 'notes',
  key: [unsignedKey('id')],
  columns: [
    { name: 'body', role: 'data' },
    { name: 'amount', role: 'data' },
    { name: 'flag', role: 'meta' },
  ],
  versionColumns: ['_epoch', '_offset', '_seq'],
};

export async function createNotes(database: Database): Promise<void> {
  await database.$executeRawUnsafe(
    'CREATE TABLE notes (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, body VARCHAR(20) NULL, amount DECIMAL(10, 2) NULL, ' +
      "flag VARCHAR(16) NOT NULL DEFAULT '', _epoch INT NOT NULL DEFAULT 0, _offset BIGINT NOT NULL DEFAULT 0, " +
      '_seq BIGINT NOT NULL DEFAULT 0) DEFAULT CHARACTER SET utf8mb4',
  );
}

export type Step = Outcome & { readonly replaces?: Key };

export const put = (
  key: string | number,
  version: number | number[],
  row: Record<string, string> = {},
): Step => ({
  kind: 'upsert',
  key: [String(key)],
  version: typeof version === 'number' ? [1, version, 0] : version,
  row: { flag: 'live', ...row },
  publication: null,
});

export const remove = (key: string | number, version: number | number[]): Step => ({
  kind: 'delete',
  key: [String(key)],
  version: typeof version === 'number' ? [1, version, 0] : version,
});

export function recordsOf(
  outcomes: readonly Step[],
  first = 0,
  table: TargetTable = notesTable,
): TransformedRecord[] {
  return outcomes.map((outcome, index) => {
    const record = makeRecord({
      topic: 'notes',
      partition: 0,
      offset: first + index,
      timestamp: 1_790_000_000_000 + index,
      key: Buffer.from(`k${index}`),
      value: Buffer.from(`v${index}`),
      headers: [],
    });
    return { record, outcome: packOutcome(table, record, outcome, () => Buffer.alloc(0)) };
  });
}

/** Applies outcomes as one batch of the notes pipeline. */
export function apply(
  database: Database,
  outcomes: readonly Step[],
  options: Partial<BatchToApply> & { first?: number } = {},
): Promise<AppliedBatch> {
  const first = options.first ?? 0;
  return applyBatch(database, {
    pipeline: 'notes',
    range: {
      topic: 'notes',
      topicId: 'topic-1',
      epoch: 1,
      partition: 0,
      first,
      last: first + outcomes.length - 1,
    },
    run: randomUUID(),
    workflowId: 'notes/notes/1/0/0',
    flag: 'live',
    table: notesTable,
    records: recordsOf(outcomes, first, options.table),
    ...options,
  });
}

/** The table as key to "body/amount@offset". */
export async function readNotes(database: Database): Promise<Record<string, string>> {
  const rows = await database.$queryRawUnsafe<{ id: string; text: string }[]>(
    "SELECT CAST(id AS CHAR) AS id, CONCAT(IFNULL(body, 'NULL'), '/', IFNULL(amount, 'NULL'), '@', _offset) AS text " +
      'FROM notes ORDER BY id',
  );
  return Object.fromEntries(rows.map(({ id, text }) => [id, text]));
}
