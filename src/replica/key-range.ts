import type { Key, TargetTable } from '../pipelines/pipeline.ts';
import { quoteName } from '../cdc/schema/quote.ts';
import { compares, rankOf } from '../cdc/types/key-order.ts';

/** A condition on a row's key, and the values of its marks. */
export interface KeyCondition {
  readonly sql: string;
  readonly values: string[];
}

/**
 * The condition that the key of row `x` comes after (`>`) or not after (`<=`) a key, in the order in which the table is
 * read: that of the columns' own types and collations, of an ENUM's labels. Written out column by column: MySQL finds no range of an index in a comparison of lists.
 */
export function keyCompares(table: TargetTable, sign: '>' | '<=', key: Key): KeyCondition {
  const values: string[] = [];
  const marked = (index: number, text = key[index] ?? ''): string => {
    values.push(text);
    return table.key[index]!.fromText('?');
  };
  const strict = sign === '>' ? '>' : '<';
  const last = table.key.length - 1;
  const alternatives = table.key.map((column, index) => {
    const equal = table.key
      .slice(0, index)
      .map((each, before) => `x.${quoteName(each.name)} = ${marked(before)}`);
    const own = index === last ? sign : strict;
    const compared = compares(`x.${quoteName(column.name)}`, column, own, key[index] ?? '', (text) =>
      marked(index, text),
    );
    return [...equal, compared].join(' AND ');
  });
  return { sql: `(${alternatives.join(' OR ')})`, values };
}

/** The order in which a table's rows `x` are read, by the primary key's index wherever it has the same. */
export function keyOrder(table: TargetTable): string {
  const parts = table.key.map((column) => {
    const sql = `x.${quoteName(column.name)}`;
    return column.isSortedOtherwise ? rankOf(column, sql) : sql;
  });
  return parts.join(', ');
}

/** Keys of a table: behind `low`, up to `high`; null: from the beginning, to the end. */
export interface KeyBounds {
  readonly low: Key | null;
  readonly high: Key | null;
}

/** The condition that the key of row `x` lies within bounds. */
export function keysWithin(table: TargetTable, { low, high }: KeyBounds): KeyCondition {
  const conditions = [
    ...(low === null ? [] : [keyCompares(table, '>', low)]),
    ...(high === null ? [] : [keyCompares(table, '<=', high)]),
  ];
  return {
    sql: conditions.length === 0 ? 'TRUE' : conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

/** The condition that row `x` has this key. */
export function keyEquals(table: TargetTable, key: Key): KeyCondition {
  const equal = table.key.map(({ name, fromText }) => `x.${quoteName(name)} = ${fromText('?')}`);
  return { sql: `(${equal.join(' AND ')})`, values: [...key] };
}
