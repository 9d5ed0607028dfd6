import { quoteName } from '../schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts';
import { lossesOf } from '../types/columns.ts';

/** Values of a column that a bootstrap cannot read: Maxwell begins it again and again. */
export interface EndlessValues {
  readonly column: string;
  /** Which values, in words. */
  readonly what: string;
  /** SQL of the condition that row `x` has such a value. */
  readonly sql: string;
  /** People commonly keep such values in a column of this type. */
  readonly isCommon: boolean;
}

/** The columns in which a bootstrap may meet a value that it never comes past. */
export function endlessValues({ columns }: TableSchema): EndlessValues[] {
  return columns.flatMap(({ name, dataType }): EndlessValues[] => {
    const column = `x.${quoteName(name)}`;
    if (dataType === 'time') {
      const what = 'a time below zero or from 24:00:00 up';
      const sql = `(${column} < '00:00:00' OR ${column} >= '24:00:00')`;
      return [{ column: name, what, sql, isCommon: true }];
    }
    if (dataType !== 'date' && dataType !== 'datetime') return [];
    const sql = `(${column} <> 0 AND (MONTH(${column}) = 0 OR DAYOFMONTH(${column}) = 0))`;
    return [{ column: name, what: 'a date with month or day 0', sql, isCommon: false }];
  });
}

/** What a bootstrap reads wrongly of a table, a sentence for the columns that share it. */
export function bootstrapLosses({ columns }: TableSchema): string[] {
  const bySentence = new Map<string, string[]>();
  for (const column of columns)
    for (const sentence of lossesOf(column).filter(isOfBootstraps))
      bySentence.set(sentence, [...(bySentence.get(sentence) ?? []), nameOf(column)]);
  return [...bySentence].map(([sentence, names]) => `${names.join(', ')}: ${sentence}`);
}

/** Those that never end are looked for by `endlessValues`. */
function isOfBootstraps(sentence: string): boolean {
  return sentence.startsWith('A bootstrap') && !sentence.includes('never ends');
}

function nameOf({ name, columnType }: ColumnSchema): string {
  return `${name} (${columnType})`;
}
