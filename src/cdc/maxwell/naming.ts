import type { JsonObject, JsonValue } from '../json/exact-number.ts';

/** What to tell whoever runs a Maxwell whose names cannot be matched for certain. */
const namesProblem = 'its names are not spelt as in the source: set output_naming_strategy=none in Maxwell';
const backtickProblem = 'names of columns differ in backticks only, which Maxwell doubles or not: rename one';

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
  /** Why `restore` cannot tell, with the remedy. */
  readonly problem: string;
  /**
   * @param isCamel the envelope's attributes are in camel case
   * @returns null when it cannot be told for certain which column is meant
   */
  restore(values: JsonObject, isCamel: boolean): JsonObject | null;
}

/**
 * How Maxwell keeps a name that it learnt from a statement: with its backticks doubled, as it stands there. A name that
 * it read from information_schema at its start it keeps as it is.
 */
export function nameInDdl(name: string): string {
  return name.replaceAll('`', '``');
}

/** The names of a table's columns, looked at once for all its messages. */
export function columnNames(columns: readonly string[]): ColumnNames {
  const plain = renamer(columns, (name) => [name, nameInDdl(name)]);
  const camel = renamer(columns, (name) =>
    [name, nameInDdl(name)].flatMap((each) => [each, camelName(each)]),
  );
  const hasBackticks = columns.some((name) => name.includes('`'));
  // Without an underscore the difference is one of case, as an ALTER makes it.
  const others = columns
    .map((name) => ({ name, camel: camelName(name) }))
    .filter(({ name, camel }) => name.includes('_') && !columns.includes(camel));

  return {
    problem: columns.some((name) => name.includes('`') && columns.includes(nameInDdl(name)))
      ? backtickProblem
      : namesProblem,
    restore(values, isCamel) {
      if (isCamel) return camel(values);
      const isOther = others.some(
        ({ name, camel }) => !Object.hasOwn(values, name) && Object.hasOwn(values, camel),
      );
      if (isOther) return null;
      return hasBackticks ? plain(values) : values;
    },
  };
}

/** Takes the values of the columns out of a message; null where a name may mean two columns, or two mean one. */
function renamer(
  columns: readonly string[],
  spellingsOf: (name: string) => readonly string[],
): (values: JsonObject) => JsonObject | null {
  const spelt = columns.map((name) => ({ name, spellings: [...new Set(spellingsOf(name))] }));
  /** How many columns a name in a message may mean. */
  const meanings = new Map<string, number>();
  for (const name of spelt.flatMap(({ spellings }) => spellings))
    meanings.set(name, (meanings.get(name) ?? 0) + 1);

  return (values) => {
    const restored: [string, JsonValue][] = [];
    for (const { name, spellings } of spelt) {
      const found = spellings.filter((each) => Object.hasOwn(values, each));
      if (found.length > 1 || found.some((each) => (meanings.get(each) ?? 0) > 1)) return null;
      const [only] = found;
      if (only !== undefined) restored.push([name, values[only] ?? null]);
    }
    return Object.fromEntries(restored);
  };
}
