import type { SourceRecord } from '../pipelines/record.ts';
import type { AuditedBatch } from './batches.ts';
import type { DeadLetter } from '../pipelines/packed-outcome.ts';
import type { Rejection } from '../pipelines/pipeline.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import { executeLarge } from '../mysql/large-parameters.ts';
import { utf8 } from '../mysql/json-table.ts';
import type { ErrorCode } from '../errors/catalogue.ts';

const longestReason = 1024;

/** As base64 a larger value would not fit into a parameter (max_allowed_packet, 64 MB): Kafka alone has it. */
const largestValue = 40_000_000;

/**
 * Parameter of `insertDeadLetters`: bytes as base64, the only lossless form that JSON has for them; numbers as texts,
 * since a BIGINT column of JSON_TABLE keeps their lowest 32 bits only (MySQL 8.0.12).
 */
export function deadLettersJson(letters: readonly DeadLetter[]): string {
  return JSON.stringify(
    letters.map(({ record, code, reason }) => ({
      o: String(record.offset),
      c: code,
      // By code points: a surrogate pair cut in half would be no valid text.
      r: reason.length > longestReason ? [...reason].slice(0, longestReason).join('') : reason,
      ...(record.key === null ? {} : { k: record.key.toString('base64') }),
      ...(record.value === null || record.size > largestValue ? {} : { v: record.value.toString('base64') }),
      h: encodeHeaders(record.headers).toString('base64'),
      t: String(record.timestamp),
    })),
  );
}

/** Headers as kept in `header_bytes`: UTF-8 JSON [[name, base64 of the value], …], order and repeated names kept. */
export function encodeHeaders(headers: SourceRecord['headers']): Buffer {
  return Buffer.from(JSON.stringify(headers.map(([name, value]) => [name, value.toString('base64')])));
}

/** The inverse of `encodeHeaders`. */
export function decodeHeaders(bytes: Uint8Array): SourceRecord['headers'] {
  const pairs = JSON.parse(Buffer.from(bytes).toString()) as [string, string][];
  return pairs.map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
}

const insert =
  'INSERT INTO etl_dead_letters (pipeline, topic, epoch, `partition`, `offset`, code, reason, status, attempts, ' +
  'key_bytes, value_bytes, header_bytes, record_ms, run, created_at, updated_at) ' +
  "SELECT ?, ?, ?, ?, t.o, t.c, t.r, 'open', 1, FROM_BASE64(t.k), FROM_BASE64(t.v), FROM_BASE64(t.h), t.t, ?, " +
  `UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM JSON_TABLE(?, '$[*]' COLUMNS (o VARCHAR(20)${utf8} PATH '$.o', ` +
  `c VARCHAR(64)${utf8} PATH '$.c', r LONGTEXT${utf8} PATH '$.r', k LONGTEXT${utf8} PATH '$.k', ` +
  `v LONGTEXT${utf8} PATH '$.v', h LONGTEXT${utf8} PATH '$.h', t VARCHAR(20)${utf8} PATH '$.t')) t ` +
  'ON DUPLICATE KEY UPDATE attempts = etl_dead_letters.attempts + 1, code = VALUES(code), reason = VALUES(reason), ' +
  "status = 'open', run = VALUES(run), updated_at = VALUES(updated_at)";

/** Writes all dead letters of a batch in one statement. A record that fails again is the same letter, one attempt more. */
export async function insertDeadLetters(
  transaction: Transaction,
  batch: AuditedBatch,
  json: string,
): Promise<void> {
  const { topic, epoch, partition } = batch.range;
  await executeLarge(transaction, insert, batch.pipeline, topic, epoch, partition, batch.run, json);
}

/** Reasons of the dead letters of a range, by offset. */
export async function deadLettersOfRange(
  transaction: Transaction,
  batch: AuditedBatch,
): Promise<Map<number, Rejection>> {
  const { topic, epoch, partition, first, last } = batch.range;
  const rows = await transaction.etlDeadLetter.findMany({
    where: { pipeline: batch.pipeline, topic, epoch, partition, offset: { gte: first, lte: last } },
    select: { offset: true, code: true, reason: true },
  });
  return new Map(
    rows.map((row) => [Number(row.offset), { code: row.code as ErrorCode, reason: row.reason }]),
  );
}

/** How many open dead letters there are of each code, most first. */
export async function countDeadLetters(
  database: Database,
  pipeline: string,
): Promise<{ code: string; count: number }[]> {
  const groups = await database.etlDeadLetter.groupBy({
    by: ['code'],
    where: { pipeline, status: 'open' },
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

/** A dead letter without its bytes, as lists show it. */
export interface DeadLetterSummary {
  readonly id: bigint;
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly code: string;
  readonly reason: string;
  readonly status: string;
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Dead letters of a pipeline, newest first. */
export async function listDeadLetters(
  database: Database,
  pipeline: string,
  options: { status?: string; code?: string; limit?: number } = {},
): Promise<DeadLetterSummary[]> {
  return database.etlDeadLetter.findMany({
    where: { pipeline, status: options.status, code: options.code },
    orderBy: { id: 'desc' },
    take: options.limit ?? 50,
    omit: {
      keyBytes: true,
      valueBytes: true,
      headerBytes: true,
      pipeline: true,
      recordMs: true,
      run: true,
      updatedAt: true,
    },
  });
}
