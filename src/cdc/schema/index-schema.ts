/** An index of a table, as far as a replica needs it. */
export interface IndexSchema {
  readonly name: string;
  /** In the index's order; `prefix` is how many characters or bytes of the column it holds, null for all. */
  readonly columns: readonly { readonly name: string; readonly prefix: number | null }[];
}
