import { quoteText } from '../schema/quote.ts';

export type Sign = '<' | '<=' | '>' | '>=';

/** What says how the values of a key column are ordered, see KeyColumn in the pipelines. */
export interface KeyOrder {
  readonly fromText: (text: string) => string;
  readonly labels?: readonly string[];
}

/**
 * SQL that a column comes before or after a text in the order of its values, so that an index on it is used.
 *
 * Of an ENUM by the list of its labels there: the server sorts them by their numbers but compares them as texts, and
 * finds no range of an index for `<`, `>` or NOT IN, whatever they are compared with.
 *
 * @param value makes SQL of a text, of the column's own type; called in the order in which its results stand
 */
export function compares(
  column: string,
  { labels }: Pick<KeyOrder, 'labels'>,
  sign: Sign,
  text: string,
  value: (text: string) => string,
): string {
  if (labels === undefined) return `${column} ${sign} ${value(text)}`;
  const found = labelsThat(labels, sign, text);
  return found.length === 0 ? 'FALSE' : `${column} IN (${found.map(value).join(', ')})`;
}

/** The labels that compare so with a text. One that is none comes behind all of them. */
function labelsThat(labels: readonly string[], sign: Sign, text: string): readonly string[] {
  const found = labels.indexOf(text);
  const place = found === -1 ? labels.length : found;
  switch (sign) {
    case '<':
      return labels.slice(0, place);
    case '<=':
      return labels.slice(0, place + 1);
    case '>':
      return labels.slice(place + 1);
    case '>=':
      return labels.slice(place);
  }
}

/** SQL of what is compared where two texts of a column are, and neither of them is in a table. */
export function rankOf({ fromText, labels }: KeyOrder, text: string): string {
  if (labels === undefined) return fromText(text);
  const places = labels.map((label) => fromText(quoteText(label)));
  // FIELD is 0 for what is not among them.
  return `IFNULL(NULLIF(FIELD(${fromText(text)}, ${places.join(', ')}), 0), ${labels.length + 1})`;
}
