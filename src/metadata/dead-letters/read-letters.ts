import type { Database } from '../../mysql/connection.ts';
import { decodeHeaders } from './write-letters.ts';
import { conditionOf, type LetterFilter } from './filter.ts';
import { openStatuses, type LetterStatus } from './states.ts';
import type { FieldReason } from '../../pipelines/pipeline.ts';
import type { SourceRecord } from '../../pipelines/record.ts';

/** How many open dead letters there are of each code, most first; quarantined ones are open, too. */
export async function countDeadLetters(
  database: Database,
  pipeline: string,
): Promise<{ code: string; count: number }[]> {
  const groups = await database.etlDeadLetter.groupBy({
    by: ['code'],
    where: { pipeline, status: { in: openStatuses } },
    _count: { _all: true },
  });
  return groups
    .map((group) => ({ code: group.code, count: group._count._all }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/**
 * How many open dead letters there are of each pipeline and code. By the index that begins with the pipeline: it holds
 * all that is asked for, while the one that begins with the status would have every letter's row read.
 */
export async function countOpenLetters(
  database: Database,
): Promise<{ pipeline: string; code: string; count: number }[]> {
  const pipelines = await database.$queryRawUnsafe<{ pipeline: string }[]>(
    'SELECT DISTINCT pipeline FROM etl_dead_letters',
  );
  const counted = pipelines.map(async ({ pipeline }) =>
    (await countDeadLetters(database, pipeline)).map((each) => ({ pipeline, ...each })),
  );
  return (await Promise.all(counted)).flat();
}

/** Letters of one pipeline, code and field. */
export interface LetterGroup {
  readonly pipeline: string;
  readonly code: string;
  /** Null: the record as a whole is wrong. */
  readonly field: string | null;
  readonly count: number;
  /** The newest of them. */
  readonly newestId: string;
  readonly newestReason: string;
}

/** Letters counted by pipeline, code and field, most first. */
export async function groupLetters(database: Database, filter: LetterFilter): Promise<LetterGroup[]> {
  const { sql, values } = conditionOf(filter);
  type Row = {
    pipeline: string;
    code: string;
    field: string | null;
    count: bigint;
    newest: bigint;
    reason: string;
  };
  const rows = await database.$queryRawUnsafe<Row[]>(
    'SELECT g.pipeline, g.code, g.field, g.count, g.newest, d.reason FROM (' +
      'SELECT pipeline, code, field, COUNT(*) AS count, MAX(id) AS newest FROM etl_dead_letters ' +
      `WHERE ${sql} GROUP BY pipeline, code, field) g JOIN etl_dead_letters d ON d.id = g.newest ` +
      'ORDER BY g.count DESC, g.pipeline, g.code, g.field',
    ...values,
  );
  return rows.map(({ count, newest, reason, ...group }) => ({
    ...group,
    count: Number(count),
    newestId: String(newest),
    newestReason: reason,
  }));
}

/** A dead letter without its bytes, as lists show it. */
export interface DeadLetterSummary {
  readonly id: bigint;
  readonly pipeline: string;
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  readonly status: string;
  readonly attempts: number;
  readonly editedAt: Date | null;
  readonly createdAt: Date;
}

/** Dead letters, newest first. */
export async function listDeadLetters(
  database: Database,
  filter: LetterFilter,
  limit = 50,
): Promise<DeadLetterSummary[]> {
  const { sql, values } = conditionOf(filter);
  const rows = await database.$queryRawUnsafe<DeadLetterSummary[]>(
    'SELECT id, pipeline, topic, epoch, `partition`, `offset`, code, reason, field, status, attempts, ' +
      'edited_at AS editedAt, created_at AS createdAt FROM etl_dead_letters ' +
      `WHERE ${sql} ORDER BY id DESC LIMIT ?`,
    ...values,
    limit,
  );
  return rows.map((row) => ({
    ...row,
    epoch: Number(row.epoch),
    partition: Number(row.partition),
    attempts: Number(row.attempts),
  }));
}

/** What was done with a letter. */
export interface LetterEvent {
  readonly kind: string;
  readonly actor: string;
  readonly note: string;
  readonly at: Date;
}

/** A dead letter with everything that is kept of it. */
export interface Letter {
  readonly id: bigint;
  readonly pipeline: string;
  readonly epoch: number;
  readonly origin: string;
  readonly code: string;
  readonly reason: string;
  readonly reasons: readonly FieldReason[];
  readonly status: LetterStatus;
  readonly attempts: number;
  readonly run: string;
  /** As it came; its value is null where `isValueOmitted`. */
  readonly record: SourceRecord;
  /** It was too large to be kept: only Kafka has it. */
  readonly isValueOmitted: boolean;
  /** The correction that takes the value's place; null: none. */
  readonly edit: { readonly value: Buffer; readonly by: string; readonly at: Date } | null;
  readonly redriveId: string | null;
  readonly closedBy: string | null;
  readonly closedAt: Date | null;
  readonly note: string | null;
  readonly createdAt: Date;
}

/** The letters that a filter means, by id from `after` on, with their bytes. */
export async function readLetters(
  database: Pick<Database, '$queryRawUnsafe'>,
  filter: LetterFilter,
  { after = 0n, limit }: { readonly after?: bigint; readonly limit: number },
): Promise<Letter[]> {
  const { sql, values } = conditionOf(filter);
  const rows = await database.$queryRawUnsafe<Row[]>(
    `SELECT ${columns} FROM etl_dead_letters WHERE ${sql} AND id > ? ORDER BY id LIMIT ?`,
    ...values,
    after,
    limit,
  );
  return rows.map(toLetter);
}

/** One letter; null: there is none of this id. */
export async function readLetter(database: Database, id: string): Promise<Letter | null> {
  if (!/^\d{1,19}$/.test(id)) return null;
  const [letter] = await readLetters(database, { ids: [id] }, { limit: 1 });
  return letter ?? null;
}

/** What was done with a letter, in its order. */
export async function readEvents(database: Database, letterId: bigint): Promise<LetterEvent[]> {
  const rows = await database.etlDeadLetterEvent.findMany({ where: { letterId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, actor, note, createdAt }) => ({ kind, actor, note, at: createdAt }));
}

export const columns =
  'id, pipeline, topic, epoch, `partition`, `offset`, origin, code, reason, reasons, status, attempts, run, key_bytes, ' +
  'value_bytes, value_omitted, header_bytes, record_ms, edited_value, edited_by, edited_at, redrive_id, closed_by, ' +
  'closed_at, note, created_at';

export interface Row {
  readonly id: bigint;
  readonly pipeline: string;
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly origin: string;
  readonly code: string;
  readonly reason: string;
  readonly reasons: string | null;
  readonly status: LetterStatus;
  readonly attempts: number | bigint;
  readonly run: string;
  readonly key_bytes: Uint8Array | null;
  readonly value_bytes: Uint8Array | null;
  readonly value_omitted: number | boolean;
  readonly header_bytes: Uint8Array;
  readonly record_ms: bigint;
  readonly edited_value: Uint8Array | null;
  readonly edited_by: string | null;
  readonly edited_at: Date | null;
  readonly redrive_id: string | null;
  readonly closed_by: string | null;
  readonly closed_at: Date | null;
  readonly note: string | null;
  readonly created_at: Date;
}

export function toLetter(row: Row): Letter {
  const [key, value] = [bytesOf(row.key_bytes), bytesOf(row.value_bytes)];
  const size = row.header_bytes.length + (key?.length ?? 0) + (value?.length ?? 0);
  const edited = bytesOf(row.edited_value);
  return {
    id: row.id,
    pipeline: row.pipeline,
    epoch: Number(row.epoch),
    origin: row.origin,
    code: row.code,
    reason: row.reason,
    reasons: row.reasons === null ? [] : (JSON.parse(row.reasons) as FieldReason[]),
    status: row.status,
    attempts: Number(row.attempts),
    run: row.run,
    record: {
      topic: row.topic,
      partition: Number(row.partition),
      offset: Number(row.offset),
      timestamp: Number(row.record_ms),
      size,
      key,
      value,
      headers: decodeHeaders(row.header_bytes),
    },
    isValueOmitted: Boolean(row.value_omitted),
    edit: edited && { value: edited, by: row.edited_by ?? '', at: row.edited_at ?? row.created_at },
    redriveId: row.redrive_id,
    closedBy: row.closed_by,
    closedAt: row.closed_at,
    note: row.note,
    createdAt: row.created_at,
  };
}

function bytesOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
