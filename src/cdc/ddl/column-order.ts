import { modern } from '../schema/charsets.ts';
import { isList, isText, isWhole, sameName } from '../schema/column-types.ts';
import type { DdlEvent } from './ddl-event.ts';
import { listValues } from '../schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts';
import { isZerofill } from '../types/column-type.ts';
import { clausesOfEvent } from './alter-clauses.ts';

/** The order in which Maxwell reads a table's columns where the table has another: row by row it takes one for the other. */
export interface WrongOrder {
  readonly maxwell: readonly string[];
  readonly table: readonly string[];
}

/**
 * Compares what Maxwell thinks of a table with the table: rows in the binlog carry values without names.
 *
 * @returns null where the order is the same, or columns differ by more: then one of the two is newer
 */
export function wrongOrder(known: TableSchema, table: TableSchema): WrongOrder | null {
  // Maxwell keeps the backticks of a name doubled.
  const names = known.columns.map(({ name }) => name.toLowerCase().replaceAll('``', '`'));
  const real = table.columns.map(({ name }) => name.toLowerCase().replaceAll('``', '`'));
  const isSameSet = names.length === real.length && names.every((name) => real.includes(name));
  return isSameSet && names.some((name, index) => name !== real[index])
    ? { maxwell: names, table: real }
    : null;
}

/**
 * A column that Maxwell takes for another kind than it is, so that it reads its values wrongly; null: none is known.
 *
 * Of what Maxwell tells of a column only that is compared which every version spells alike: the sign of whole numbers,
 * the labels of ENUM and SET, character sets.
 */
export function wrongColumn(known: TableSchema, table: TableSchema): string | null {
  const wrong = table.columns.find((real) => {
    const taken = known.columns.find(({ name }) =>
      sameName(name.replaceAll('``', '`'), real.name.replaceAll('``', '`')),
    );
    return taken !== undefined && isAnother(taken, real);
  });
  return wrong?.name ?? null;
}

function isAnother(taken: ColumnSchema, real: ColumnSchema): boolean {
  // The sign that Maxwell reads where ZEROFILL alone was declared is taken off with each value.
  if (isWhole(taken) && isWhole(real)) return taken.isUnsigned !== real.isUnsigned && !isZerofill(real);
  if (isList(taken) && isList(real) && haveOtherLabels(taken, real)) return true;
  const haveLetters = [taken, real].every((column) => isText(column) || isList(column));
  return haveLetters && taken.charset !== null && modern(taken.charset) !== modern(real.charset);
}

/** Whether the labels are others for certain: those with quotes and backslashes Maxwell spells in several ways. */
function haveOtherLabels(taken: ColumnSchema, real: ColumnSchema): boolean {
  const [one, other] = [listValues(taken.columnType), listValues(real.columnType)];
  const isPlain = [...one, ...other].every((label) => !/['"\\]/.test(label));
  return isPlain && JSON.stringify(one) !== JSON.stringify(other);
}

/**
 * Whether a statement may leave Maxwell (1.22.6) with a wrong idea of a table. It renames and drops one column after
 * the other: of two with the same name for a moment it takes the wrong one. And it takes the table's character set for a
 * column that names a collation alone.
 */
export function isOftenMisread(event: DdlEvent): boolean {
  const clauses = event.type === 'table-alter' ? (clausesOfEvent(event) ?? []) : [];
  return (
    reusesNames(event) ||
    clauses.some((clause) => 'definition' in clause && clause.definition.collation !== null)
  );
}

/**
 * Whether a statement gives a column the name that another one had before it. Maxwell (1.22.6) renames one after the
 * other, finds the wrong column for the second name, and has the columns in the wrong order from then on.
 */
export function reusesNames(event: DdlEvent): boolean {
  const { old } = event;
  if (event.type !== 'table-alter' || old === null) return false;
  const names = new Set(old.columns.map(({ name }) => name.toLowerCase()));
  return (clausesOfEvent(event) ?? []).some(
    (clause) => clause.kind === 'rename' && names.has(clause.to.toLowerCase()),
  );
}
