import { listValues, unquoteText } from '../schema/quote.ts';
import type { ColumnSchema } from '../schema/table-schema.ts';
import type { Origin } from './column-type.ts';

/**
 * Gives the values of an ENUM or SET as the server prints them, whichever way Maxwell spells them.
 *
 * Maxwell keeps what stands between the quotes, and writes rows with it: of a table that it found at its start as
 * information_schema prints it (`it''s`, `c:\\temp`), of one that it learnt through DDL as the statement has it
 * (`it\'s`, `say ""hi""`). Only a bootstrap has the values themselves.
 */
export interface Labels {
  /** Each value that the column lists, with its place in the list. */
  readonly places: ReadonlyMap<string, number>;
  /** The value that a text in a message means; undefined: none that the column lists. */
  readonly find: (text: string, origin: Origin) => string | undefined;
}

const known = new WeakMap<ColumnSchema, Labels>();

/** The values of a column, made once for each. */
export function labelsOf(column: ColumnSchema): Labels {
  let labels = known.get(column);
  if (labels === undefined) {
    const values = listValues(column.columnType);
    const places = new Map(values.map((value, place) => [value, place]));
    const spelt = spellings(column, values, places);
    const find: Labels['find'] = (text, origin) => {
      const itself = places.has(text) ? text : undefined;
      if (origin === 'bootstrap' && itself !== undefined) return itself;
      return spelt.get(text) ?? itself ?? meanings(text).find((meaning) => places.has(meaning));
    };
    labels = { places, find };
    known.set(column, labels);
  }
  return labels;
}

/** How Maxwell spells each value: by its own definition where that is known, else as information_schema does. */
function spellings(
  column: ColumnSchema,
  values: readonly string[],
  places: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const { spelt } = column;
  if (spelt === undefined) return new Map(values.map((value) => [printed(value), value]));
  // Both lists have one order, so that the place tells what a spelling by itself does not: `""` may be one quote or two.
  const isInOrder = spelt.every((text, place) => meanings(text).includes(values[place] ?? ''));
  return new Map(
    spelt.flatMap((text, place): [string, string][] => {
      const value = isInOrder ? values[place] : meanings(text).find((meaning) => places.has(meaning));
      return value === undefined ? [] : [[text, value]];
    }),
  );
}

/** What stands between quotes in information_schema. */
function printed(value: string): string {
  const escapes: Readonly<Record<string, string>> = {
    "'": "''",
    '\\': '\\\\',
    '\0': '\\0',
    '\n': '\\n',
    '\r': '\\r',
  };
  return value.replace(/['\\\0\n\r]/g, (character) => escapes[character] ?? character);
}

/** The values that what stands between two quotes may mean, the likeliest first. */
export function meanings(spelling: string): readonly string[] {
  const inSingle = unquoteText(`'${spelling}'`);
  const inDouble = unquoteText(`"${spelling}"`);
  const read = [inSingle, inDouble, spelling];
  // MySQL drops spaces at the end of a value.
  return [...new Set([...read, ...read.map((text) => text.replace(/ +$/, ''))])];
}
