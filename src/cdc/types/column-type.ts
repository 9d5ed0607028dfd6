import type { JsonValue } from '../json/exact-number.ts';
import type { ColumnSchema } from '../schema/table-schema.ts';

/** How Maxwell came by a row: from the binlog, or by SQL for a bootstrap. It writes some types differently. */
export type Origin = 'live' | 'bootstrap';

/** A rule that a value breaks. It never holds the value: rows are personal data, and reasons are shown and logged. */
export class Broken {
  readonly rule: string;

  constructor(rule: string) {
    this.rule = rule;
  }
}

/** The message does not tell the value, and nobody is to blame: the row has to be read from the source. */
export class NotCarried extends Broken {}

/** What a type does with the values of its columns. `text` and `column` in SQL are expressions, not data. */
export interface ColumnType {
  /** The canonical text of a value that is not null: one text per value, the very one that `toText` prints. */
  readonly textOf: (value: NonNullable<JsonValue>, column: ColumnSchema, origin: Origin) => string | Broken;
  /** Text of the value that Maxwell writes as null beside NULL itself: certain where the column takes no NULL. */
  readonly writtenAsNull?: (column: ColumnSchema) => string;
  /** Absent: the text is assigned as it is. */
  readonly fromText?: (text: string, column: ColumnSchema) => string;
  /** Absent: CONVERT(column USING utf8mb4). */
  readonly toText?: (sql: string, column: ColumnSchema) => string;
  /** Absent: a value of the column is assigned to it as it is. */
  readonly restored?: (value: string, column: ColumnSchema) => string;
  /** SQL of a key's value, of the column's own type; or the sentence why such a column cannot be a key. */
  readonly key: ((text: string, column: ColumnSchema) => string) | string;
  /** Of a type that the server does not compare in the order in which it sorts it: all values of a column, sorted. */
  readonly labels?: (column: ColumnSchema) => readonly string[];
  /** What Maxwell loses of such a column, each a sentence. */
  readonly losses?: (column: ColumnSchema) => readonly string[];
}

/** SQL that prints an expression as utf8mb4. */
export function asUtf8(sql: string): string {
  return `CONVERT(${sql} USING utf8mb4)`;
}

/** Whether a column was declared ZEROFILL: MySQL then prints zeros that no message carries. */
export function isZerofill(column: ColumnSchema): boolean {
  return /\bzerofill\b/i.test(column.columnType);
}
