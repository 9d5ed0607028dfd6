import { mostReasons, type FieldReason } from '../pipeline.ts';

/** A rule that a field breaks; it never holds the value. */
export interface BrokenField {
  /** Names and list indexes, from the outside in. */
  readonly path: readonly PropertyKey[];
  readonly rule: string;
}

/** Broken rules that a sentence names at most. */
const mostNamed = 5;

/** The fields for which an order is rejected. */
export class BrokenFields {
  readonly #fields: readonly BrokenField[];

  constructor(fields: readonly BrokenField[]) {
    this.#fields = fields;
  }

  /** All of them for people: `items[0].price: must not be negative; total: required`. */
  get reason(): string {
    const named = this.#fields.slice(0, mostNamed).map(({ path, rule }) => `${pathText(path)}: ${rule}`);
    const more = this.#fields.length - named.length;
    return named.join('; ') + (more > 0 ? ` (and ${more} more)` : '');
  }

  /**
   * The first of them, one by one.
   *
   * @param outer path of the order in its record, with a dot behind it; '' where the order is the record
   */
  reasonsIn(outer: string): FieldReason[] {
    return this.#fields
      .slice(0, mostReasons)
      .map(({ path, rule }) => ({ path: `${outer}${path.join('.')}`, rule }));
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1);
}
