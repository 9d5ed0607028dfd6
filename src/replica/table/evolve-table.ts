import { sameName } from '../../cdc/schema/column-types.ts';
import { quoteName } from '../../cdc/schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';
import { columnClause } from './column-clause.ts';
import { whyNotReplicable } from './create-table.ts';
import { dataOf } from './extra-columns.ts';
import { fitKeyType, fitType } from './fit-type.ts';
import type { Fit } from './fit.ts';

export type Evolution = { readonly statements: readonly string[] } | { readonly pause: string };

/** Names of columns, in lower case, that an earlier evolution emptied because the source had dropped them. */
export type RetiredColumns = ReadonlySet<string>;

const none: RetiredColumns = new Set();

/** The comment of a column that the source no longer has: it tells that the column has been emptied. */
export const retiredComment = 'dropped in the source';

/**
 * What makes a replica fit its source as it is now: no statement, or one ALTER TABLE, which happens whole or not at
 * all.
 *
 * New columns take NULL whatever the source says, because the rows that are there have no value yet. A column that the
 * source dropped stays, without its values: who reads the replica by name is not broken by it, nor misled. A renamed
 * column looks like a dropped and a new one; the table is read again after that, see `changesStoredValues`.
 *
 * @param replica what the replica's database has; extra columns are looked over
 * @param retired dropped columns that are empty already
 * @returns `pause`: a sentence that says why no statement can help
 */
export function planEvolution(
  replica: TableSchema,
  source: TableSchema,
  retired: RetiredColumns = none,
): Evolution {
  const place = `${quoteName(replica.database)}.${quoteName(replica.table)}`;
  const pause = whyNotReplicable(source) ?? whyNotTheSameKey(replica, source);
  if (pause !== null) return { pause };
  const clauses: string[] = [];
  for (const { had, has } of pairsOf(replica, source)) {
    if (had !== undefined && has !== undefined && !retired.has(had.name.toLowerCase())) {
      const changed = changeOf(had, has, source);
      if (changed.pause !== undefined) return { pause: changed.pause };
      if (changed.clause !== undefined) clauses.push(changed.clause);
      continue;
    }
    // At the end, after the extra columns: only there can MySQL 8.0 add a column without copying the table.
    if (had === undefined) clauses.push(`ADD COLUMN ${columnClause({ ...has, isNullable: true })}`);
    else if (has !== undefined) clauses.push(...renewed(had, { ...has, isNullable: true }));
    else if (!retired.has(had.name.toLowerCase()) && !had.isGenerated) {
      clauses.push(...renewed(had, { ...had, isNullable: true }, ` COMMENT '${retiredComment}'`));
    }
  }
  return { statements: clauses.length === 0 ? [] : [`ALTER TABLE ${place}\n  ${clauses.join(',\n  ')}`] };
}

/**
 * Whether rows that the replica has differ from the source's although no change of a row was sent: then the table must
 * be read again. MySQL fills a new column and rewrites an altered one without telling anybody.
 *
 * What a comparison cannot see (a column that was dropped and added again with equal type, a value that was cut), the
 * definition events tell: see `effectOf`.
 *
 * @param known names, in lower case, of the columns that the replica was given; null: it is not known
 */
export function changesStoredValues(
  replica: TableSchema,
  source: TableSchema,
  retired: RetiredColumns = none,
  known: ReadonlySet<string> | null = null,
): boolean {
  const isRetired = ({ name }: ColumnSchema): boolean => retired.has(name.toLowerCase());
  const pairs = pairsOf(replica, source);
  // One that goes while another comes may have been renamed.
  const goes = pairs.some(({ had, has }) => had !== undefined && has === undefined && !isRetired(had));
  return pairs.some(({ had, has }) => {
    if (has === undefined) return false;
    // What looks new may have been dropped from the replica by hand.
    if (had === undefined)
      return goes || known === null || known.has(has.name.toLowerCase()) || !startsAsNull(has);
    if (isRetired(had)) return true;
    const fit = fitOf(had, has, source);
    return fit.kind === 'refuse' || (fit.kind === 'change' && fit.rewritten);
  });
}

/** Whether the source sorts its keys otherwise than the replica: a load in hand cannot go on from where it stands. */
export function changesOrderOfKeys(replica: TableSchema, source: TableSchema): boolean {
  return pairsOf(replica, source).some(({ had, has }) => {
    if (had === undefined || has === undefined || !isInKey(source, has)) return false;
    const fit = fitOf(had, has, source);
    return fit.kind === 'change' && fit.rewritten;
  });
}

/** Whether rows that are there get NULL, and nothing else, when the source adds such a column. */
function startsAsNull({ isNullable, isGenerated, defaultText }: ColumnSchema): boolean {
  return isNullable && !isGenerated && defaultText === null;
}

/** The columns of the source that the replica lacks. */
export function columnsToAdd(replica: TableSchema, source: TableSchema): string[] {
  return pairsOf(replica, source).flatMap(({ had, has }) => (had === undefined ? [has.name] : []));
}

type Pair =
  | { readonly had: ColumnSchema; readonly has: ColumnSchema }
  | { readonly had: undefined; readonly has: ColumnSchema }
  | { readonly had: ColumnSchema; readonly has: undefined };

/** The columns of both, by name: the source's in their order, then those that only the replica has. */
function pairsOf(replica: TableSchema, source: TableSchema): Pair[] {
  const old = dataOf(replica).columns;
  const of = (columns: readonly ColumnSchema[], name: string): ColumnSchema | undefined =>
    columns.find((column) => sameName(column.name, name));
  return [
    ...source.columns.map((has) => ({ had: of(old, has.name), has })),
    ...old
      .filter(({ name }) => of(source.columns, name) === undefined)
      .map((had) => ({ had, has: undefined })),
  ];
}

function changeOf(
  had: ColumnSchema,
  has: ColumnSchema,
  source: TableSchema,
): { clause?: string; pause?: string } {
  const place = `${source.database}.${source.table}.${has.name}`;
  if (had.isGenerated) {
    return {
      pause: `${place}: the replica computes this column; make it a plain one, so that Alir can write it.`,
    };
  }
  const inKey = isInKey(source, has);
  const fit = fitOf(had, has, source);
  if (fit.kind === 'refuse') {
    const from = [had.columnType, had.collation].filter(Boolean).join(' ');
    const to = [has.columnType, has.collation].filter(Boolean).join(' ');
    return {
      pause:
        `${place} is ${to} now and ${from} in the replica: ` +
        `${inKey ? 'a key cannot be changed in place' : 'no change of type keeps all values'}. ${remedy}`,
    };
  }
  const isNullable = !inKey && (had.isNullable || has.isNullable);
  if (fit.kind === 'keep' && isNullable === had.isNullable && had.name === has.name) return {};
  const type = fit.kind === 'keep' ? had : fit.to;
  return {
    clause: `CHANGE COLUMN ${quoteName(had.name)} ${columnClause({ ...type, name: has.name, isNullable })}`,
  };
}

function isInKey({ key }: TableSchema, column: ColumnSchema): boolean {
  return key.some((name) => sameName(name, column.name));
}

function fitOf(had: ColumnSchema, has: ColumnSchema, source: TableSchema): Fit {
  return isInKey(source, has) ? fitKeyType(had, has) : fitType(had, has);
}

/** Drops and adds in one statement: the column is empty at once, without a transaction over all rows. */
function renewed(had: ColumnSchema, to: Parameters<typeof columnClause>[0], comment = ''): string[] {
  return [`DROP COLUMN ${quoteName(had.name)}`, `ADD COLUMN ${columnClause(to)}${comment}`];
}

function whyNotTheSameKey(replica: TableSchema, source: TableSchema): string | null {
  const have = replica.hasPrimaryKey ? replica.key : [];
  const isSame =
    have.length === source.key.length && have.every((name, index) => sameName(name, source.key[index] ?? ''));
  if (isSame) return null;
  const had = have.length === 0 ? 'no primary key' : `the key (${have.join(', ')})`;
  return (
    `${source.database}.${source.table} has the key (${source.key.join(', ')}) now, ` +
    `its replica ${had}: rows can no longer be matched. ${remedy}`
  );
}

const remedy = 'Drop the replica table and load it again.';
