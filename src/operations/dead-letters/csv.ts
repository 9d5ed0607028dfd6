/** Dead letters in a spreadsheet: one row for each, its value as text. */
import { isUtf8 } from 'node:buffer';
import type { Letter } from '../../metadata/dead-letters/read-letters.ts';
import { currentValue } from './correct-letter.ts';

export const csvColumns = [
  'id',
  'pipeline',
  'topic',
  'partition',
  'offset',
  'code',
  'field',
  'reason',
  'value',
] as const;

export type CsvRow = Readonly<Record<(typeof csvColumns)[number], string>>;

/** The row of a letter; null: its value is no UTF-8 text, and no spreadsheet could give it back. */
export function rowOf(letter: Letter): CsvRow | null {
  const value = currentValue(letter);
  if (letter.isValueOmitted && letter.edit === null) return null;
  if (value === null || !isUtf8(value)) return null;
  const { id, pipeline, record, code, reason, reasons } = letter;
  return {
    id: String(id),
    pipeline,
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    code,
    field: asCell(reasons[0]?.path ?? ''),
    reason: asCell(reason),
    value: asCell(value.toString()),
  };
}

/** A spreadsheet runs a cell that begins so, whoever wrote it (CWE-1236); an apostrophe before it makes it a text. */
const formula = /^'*[=+\-@\t\r]/;
const guarded = /^'+[=+\-@\t\r]/;

export function asCell(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** The inverse of `asCell`. */
export function ofCell(cell: string): string {
  return guarded.test(cell) ? cell.slice(1) : cell;
}
