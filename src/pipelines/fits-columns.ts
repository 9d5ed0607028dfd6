import type { FieldReason, TargetTable } from './pipeline.ts';

/**
 * The first column whose text is too long for it, and the rule in the words of the database's refusal; or null.
 *
 * The database is the judge of what fits, but it refuses a batch as a whole, and the bad row is then searched for by
 * trying halves: that costs as much as several batches. Texts that are too long are by far the most frequent case.
 */
export function tooLongFor(table: TargetTable, row: Readonly<Record<string, string>>): FieldReason | null {
  for (const { name, maxLength } of table.columns) {
    const text = row[name];
    if (maxLength === undefined || text === undefined || text.length <= maxLength) continue;
    // MySQL counts characters, JavaScript counts UTF-16 units, of which a character may need two.
    if ([...text].length > maxLength) return { path: name, rule: 'is too long' };
  }
  return null;
}
