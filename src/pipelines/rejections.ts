import type { ErrorCode } from '../errors/catalogue.ts';
import type { FieldReason, Rejection } from './pipeline.ts';

/** Rejects a record for one of its fields: `data.id: required`. */
export function fieldRejected(code: ErrorCode, path: string, rule: string): Rejection {
  return { code, reason: `${path}: ${rule}`, reasons: [{ path, rule }] };
}

/**
 * Rejects a row for one of its columns, in the words of the database's refusal: `column total is out of range`.
 *
 * @param path where the record has the column's value
 */
export function columnRejected(column: string, rule: string, path = column): Rejection {
  return { code: 'ROW_REJECTED', reason: columnText({ path: column, rule }), reasons: [{ path, rule }] };
}

/** A column and the rule that it breaks, as a reason names them. */
export function columnText({ path, rule }: FieldReason): string {
  return `column ${path} ${rule}`;
}
