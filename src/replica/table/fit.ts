import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';

/** The part of a column that says which values it holds. */
export type ColumnType = Pick<ColumnSchema, 'columnType' | 'charset' | 'collation'>;

/** What must become of a replica's column, so that it holds what the source's column holds. */
export type Fit =
  /** Every value of the source's column fits, and is printed the same. */
  | { readonly kind: 'keep' }
  /**
   * A new type for the replica's column. `rewritten`: the source may print values that it had before in another way
   * now, so that they must be read again.
   */
  | { readonly kind: 'change'; readonly to: ColumnType; readonly rewritten: boolean }
  /** No type holds both what is there and what comes. */
  | { readonly kind: 'refuse' };

export const keep: Fit = { kind: 'keep' };
export const refuse: Fit = { kind: 'refuse' };

/** The column becomes what the source's is. */
export function follow(source: ColumnSchema, { rewritten = false } = {}): Fit {
  const { columnType, charset, collation } = source;
  return { kind: 'change', to: { columnType, charset, collation }, rewritten };
}

/** A type without character set. */
export function become(columnType: string): Fit {
  return { kind: 'change', to: { columnType, charset: null, collation: null }, rewritten: false };
}
