import type { SourceRecord } from '../../pipelines/record.ts';
import type { AuditedBatch } from '../batches.ts';
import type { DeadLetter } from '../../pipelines/packed-outcome.ts';
import type { Rejection } from '../../pipelines/pipeline.ts';
import type { Transaction } from '../../mysql/connection.ts';
import { executeLarge } from '../../mysql/large-parameters.ts';
import { utf8 } from '../../mysql/json-table.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { hashOfKey } from '../key-hash.ts';
import { isUnclosed } from './states.ts';

const longestReason = 1024;
const longestField = 128;
const mostReasons = 20;

/** As base64 a larger value would not fit into a parameter (max_allowed_packet, 64 MB): Kafka alone has it. */
const largestValue = 40_000_000;

/**
 * Parameter of `insertDeadLetters`: bytes as base64, the only lossless form that JSON has for them; numbers as texts,
 * since a BIGINT column of JSON_TABLE keeps their lowest 32 bits only (MySQL 8.0.12).
 */
export function deadLettersJson(letters: readonly DeadLetter[]): string {
  return JSON.stringify(
    letters.map(({ record, about, ...rejection }) => ({
      o: String(record.offset),
      ...explained(rejection),
      ...(record.key === null ? {} : { k: record.key.toString('base64') }),
      ...valueOf(record),
      h: encodeHeaders(record.headers).toString('base64'),
      t: String(record.timestamp),
      ...(about && {
        kh: hashOfKey(about.key),
        kt: Buffer.from(about.key).toString('base64'),
        n: JSON.stringify(about.version),
      }),
    })),
  );
}

function valueOf({ value, size }: SourceRecord): { readonly v?: string; readonly vo?: '1' } {
  if (value === null) return {};
  return size > largestValue ? { vo: '1' } : { v: value.toString('base64') };
}

/** Why a record is one, as its columns have it. */
export function explained({ code, reason, reasons }: Rejection) {
  const field = reasons?.[0] && fieldOf(reasons[0].path);
  return {
    c: code,
    r: cut(reason, longestReason),
    ...(reasons && { rs: JSON.stringify(reasons.slice(0, mostReasons)) }),
    ...(field !== undefined && { f: cut(field, longestField) }),
  };
}

/** A path by which letters are counted: the index in a list does not matter. */
export function fieldOf(path: string): string {
  return path.replaceAll(/(?<=^|\.)\d+(?=\.|$)/g, '*');
}

/** By code points: a surrogate pair cut in half would be no valid text. */
function cut(text: string, length: number): string {
  return text.length > length ? [...text].slice(0, length).join('') : text;
}

/** Headers as kept in `header_bytes`: UTF-8 JSON [[name, base64 of the value or null], …], order and repeated names kept. */
export function encodeHeaders(headers: SourceRecord['headers']): Buffer {
  return Buffer.from(
    JSON.stringify(headers.map(([name, value]) => [name, value?.toString('base64') ?? null])),
  );
}

/** The inverse of `encodeHeaders`. */
export function decodeHeaders(bytes: Uint8Array): SourceRecord['headers'] {
  const pairs = JSON.parse(Buffer.from(bytes).toString()) as [string, string | null][];
  return pairs.map(([name, value]) => [name, value === null ? null : Buffer.from(value, 'base64')] as const);
}

const read = (name: string, type: string): string => `${name} ${type}${utf8} PATH '$.${name}'`;

/** A live run of these offsets, or of later ones, has been completed: this one reads them again. */
const isReread =
  'EXISTS (SELECT 1 FROM etl_batches b WHERE b.pipeline = ? AND b.topic = ? AND b.epoch = ? AND b.`partition` = ? ' +
  "AND b.last_offset >= ? AND b.flag = 'live' AND b.kind = 'batch')";

const refreshed = ['code', 'reason', 'reasons', 'field', 'target_table', 'key_hash', 'key_text', 'version']
  .map(
    (column) =>
      `${column} = IF(etl_dead_letters.${isUnclosed}, VALUES(${column}), etl_dead_letters.${column})`,
  )
  .join(', ');

const insert =
  'INSERT INTO etl_dead_letters (pipeline, topic, epoch, `partition`, `offset`, origin, code, reason, reasons, field, ' +
  'status, attempts, key_bytes, value_bytes, value_omitted, header_bytes, record_ms, target_table, key_hash, key_text, ' +
  'version, run, created_at, updated_at) ' +
  "SELECT ?, ?, ?, ?, t.o, ?, t.c, t.r, t.rs, t.f, 'open', 1, FROM_BASE64(t.k), FROM_BASE64(t.v), " +
  "IFNULL(t.vo = '1', FALSE), FROM_BASE64(t.h), t.t, ?, UNHEX(t.kh), FROM_BASE64(t.kt), t.n, ?, " +
  `UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM JSON_TABLE(?, '$[*]' COLUMNS (${[
    read('o', 'VARCHAR(20)'),
    read('c', 'VARCHAR(64)'),
    read('f', `VARCHAR(${longestField})`),
    read('t', 'VARCHAR(20)'),
    read('vo', 'VARCHAR(1)'),
    read('kh', 'VARCHAR(32)'),
    read('n', 'VARCHAR(160)'),
    ...['r', 'rs', 'k', 'v', 'h', 'kt'].map((name) => read(name, 'LONGTEXT')),
  ].join(', ')})) t ` +
  // A state is changed by what loads or gives up a letter only. The first live run counts it, whoever found it before.
  `ON DUPLICATE KEY UPDATE ${refreshed}, run = VALUES(run), ` +
  "origin = IF(VALUES(origin) = 'live', 'live', etl_dead_letters.origin), " +
  `updated_at = IF(etl_dead_letters.${isUnclosed}, VALUES(updated_at), etl_dead_letters.updated_at)`;

/**
 * Writes all dead letters of a batch in one statement. A record that is read again, and fails again, is the same letter:
 * while it is open it gets the new reason, and one that was closed stays as it is.
 */
export async function insertDeadLetters(
  transaction: Transaction,
  batch: AuditedBatch,
  target: string,
  json: string,
): Promise<void> {
  const { topic, epoch, partition, first } = batch.range;
  const place = [batch.pipeline, topic, epoch, partition] as const;
  const origin = batch.flag === 'live' ? await liveOrigin(transaction, [...place, first]) : 'replay';
  await executeLarge(transaction, insert, ...place, origin, target, batch.run, json);
}

async function liveOrigin(transaction: Transaction, place: readonly unknown[]): Promise<'live' | 'reread'> {
  const [row] = await transaction.$queryRawUnsafe<{ reread: bigint | number }[]>(
    `SELECT ${isReread} AS reread`,
    ...place,
  );
  return Number(row?.reread) === 0 ? 'live' : 'reread';
}

/** Reasons of the dead letters that a run has found in its range, by offset. */
export async function deadLettersOfRun(
  transaction: Transaction,
  batch: AuditedBatch,
): Promise<Map<number, Rejection>> {
  const { topic, epoch, partition, first, last } = batch.range;
  const rows = await transaction.etlDeadLetter.findMany({
    where: {
      pipeline: batch.pipeline,
      topic,
      epoch,
      partition,
      offset: { gte: first, lte: last },
      run: batch.run,
    },
    select: { offset: true, code: true, reason: true },
  });
  return new Map(
    rows.map((row) => [Number(row.offset), { code: row.code as ErrorCode, reason: row.reason }]),
  );
}
