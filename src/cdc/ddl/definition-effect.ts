import { sameName } from '../schema/column-types.ts';
import type { DdlEvent } from './ddl-event.ts';
import type { TableSchema } from '../schema/table-schema.ts';
import { holdsAll } from '../schema/charsets.ts';
import { clausesOfEvent, type Clause } from './alter-clauses.ts';
import type { ColumnDefinition } from './column-definition.ts';
import { keepsValues, type StoredType } from './stored-type.ts';

/** A column as a table stored it at some moment. */
export interface StoredColumn extends Pick<
  ColumnDefinition,
  'isNullable' | 'isGenerated' | 'isAutoIncrement'
> {
  readonly name: string;
  readonly type: StoredType | null;
}

/** What is known of a table's columns from one definition to the next. */
export interface StoredTable {
  readonly columns: readonly StoredColumn[];
  /** Names of columns that were dropped since the table was read: the replica may still hold their values. */
  readonly gone: readonly string[];
}

/** What a change of a table's definition did to the values that its rows store. */
export type Effect =
  /** Nothing, proven by its clauses; `after`: the table from then on. */
  | { readonly kind: 'keeps'; readonly after: StoredTable }
  /** They may be others now, and no event tells: the table must be read again. */
  | { readonly kind: 'changes' };

/**
 * What a definition event did to the stored values of its table: changed them, unless every clause of its statement is
 * proven to keep them.
 *
 * @param before the table as it was just before; a MODIFY of a column that is not among its columns proves nothing
 */
export function effectOf(event: DdlEvent, before: StoredTable): Effect {
  const { old, def } = event;
  const changes: Effect = { kind: 'changes' };
  if (event.type !== 'table-alter' || old === null || def === null) return changes;
  if (old.database !== def.database || old.table !== def.table) return changes;
  const clauses = clausesOfEvent(event);
  if (clauses === null) return changes;
  let after = before;
  for (const clause of clauses) {
    if (!isHarmless(clause, after, { old, def })) return changes;
    after = applied(after, clause);
  }
  return { kind: 'keeps', after };
}

function isHarmless(
  clause: Clause,
  before: StoredTable,
  around: { readonly old: TableSchema; readonly def: TableSchema },
): boolean {
  switch (clause.kind) {
    case 'keeps':
    case 'drop':
      return true;
    case 'add':
      return clause.definition.startsAsNull && !before.gone.some((name) => sameName(name, clause.column));
    case 'modify':
      return isWidened(clause, before, around);
    default:
      return false;
  }
}

function isWidened(
  { column, definition }: Extract<Clause, { kind: 'modify' }>,
  before: StoredTable,
  { old, def }: { readonly old: TableSchema; readonly def: TableSchema },
): boolean {
  const was = before.columns.find(({ name }) => sameName(name, column));
  if (was === undefined || was.type === null || definition.type === null) return false;
  // Another type of a column changes what others compute of it.
  if (definition.isGenerated || before.columns.some(({ isGenerated }) => isGenerated)) return false;
  if (was.isNullable && !definition.isNullable) return false;
  // The server numbers rows anew that hold a 0 in a column which begins to count.
  if (definition.isAutoIncrement && !was.isAutoIncrement) return false;
  return (
    keepsValues(was.type, definition.type) &&
    keepsLetters(
      charsetOf(old, column),
      definition.collation === null ? charsetOf(def, column) : charsetOfCollation(definition.collation),
      definition.type,
    )
  );
}

function charsetOf({ columns }: TableSchema, column: string): string | null {
  return columns.find(({ name }) => sameName(name, column))?.charset ?? null;
}

/** Collations are named for their character sets, but for some of MariaDB: those are of none that is known. */
function charsetOfCollation(collation: string): string {
  return collation.toLowerCase().replace(/_.*$/, '');
}

/** Letters that take more bytes may not fit into the bytes of a TEXT. */
function keepsLetters(was: string | null, now: string | null, { base }: StoredType): boolean {
  return was === now || (holdsAll(now, was) && !base.endsWith('text'));
}

function applied(table: StoredTable, clause: Clause): StoredTable {
  const others = (column: string): readonly StoredColumn[] =>
    table.columns.filter(({ name }) => !sameName(name, column));
  switch (clause.kind) {
    case 'drop':
      return { columns: others(clause.column), gone: [...table.gone, clause.column] };
    case 'add':
    case 'modify': {
      const { type, isNullable, isGenerated, isAutoIncrement } = clause.definition;
      const column = { name: clause.column, type, isNullable, isGenerated, isAutoIncrement };
      return { ...table, columns: [...others(clause.column), column] };
    }
    default:
      return table;
  }
}
