import type { JsonObject, JsonValue } from '../json/exact-number.ts';

/** What to tell whoever runs a Maxwell whose names cannot be matched for certain. */
export const namesProblem =
  'its names are spelt in another way than in the source: set output_naming_strategy=none in Maxwell';

/** A name as Maxwell spells it with output_naming_strategy=underscore_to_camelcase. */
export function camelName(name: string): string {
  const [first = '', ...words] = name.split('_').map(lower);
  return first + words.map((word) => word.replace(/^[a-z]/, (letter) => letter.toUpperCase())).join('');
}

/** Letters of ASCII only, whatever the language. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** An attribute of an envelope, whichever way it is spelt. */
export function attributeOf(envelope: JsonObject, name: string): JsonValue | undefined {
  return envelope[name] ?? envelope[camelName(name)];
}

const telling = ['primary_key', 'primary_key_columns', 'schema_id', 'server_id', 'thread_id', 'push_ts'].map(
  (name) => ({ name, camel: camelName(name) }),
);

/** Whether the attributes of an envelope are spelt in camel case, and so perhaps its columns. */
export function isCamelCase(envelope: JsonObject): boolean {
  return telling.some(({ name, camel }) => !Object.hasOwn(envelope, name) && Object.hasOwn(envelope, camel));
}

/** Gives the columns of a message the names that they have in the source. */
export interface ColumnNames {
  /**
   * @param isCamel the envelope's attributes are in camel case
   * @returns null when it cannot be told for certain which column is meant
   */
  restore(values: JsonObject, isCamel: boolean): JsonObject | null;
}

/** The names of a table's columns, looked at once for all its messages. */
export function columnNames(columns: readonly string[]): ColumnNames {
  const spelt = columns.map((name) => ({ name, camel: camelName(name) }));
  /** How many columns a name in a message may mean. */
  const meanings = new Map<string, number>();
  for (const name of spelt.flatMap(({ name, camel }) => [...new Set([name, camel])]))
    meanings.set(name, (meanings.get(name) ?? 0) + 1);
  // Without an underscore the difference is one of case, as an ALTER makes it.
  const others = spelt.filter(({ name, camel }) => name.includes('_') && !columns.includes(camel));

  return {
    restore(values, isCamel) {
      if (!isCamel) {
        const isOther = others.some(
          ({ name, camel }) => !Object.hasOwn(values, name) && Object.hasOwn(values, camel),
        );
        return isOther ? null : values;
      }
      const restored: [string, JsonValue][] = [];
      for (const { name, camel } of spelt) {
        const found = [...new Set([name, camel])].filter((each) => Object.hasOwn(values, each));
        if (found.length > 1 || found.some((each) => (meanings.get(each) ?? 0) > 1)) return null;
        const [only] = found;
        if (only !== undefined) restored.push([name, values[only] ?? null]);
      }
      return Object.fromEntries(restored);
    },
  };
}
