import { isWord, nameOf, splitList, type Part } from './tokens.ts';
import { typeOf, type StoredType } from './stored-type.ts';

/** What a column definition in a statement says of the values that the column stores. */
export interface ColumnDefinition {
  /** Null: of a type that is not known here. */
  readonly type: StoredType | null;
  readonly isNullable: boolean;
  /** Rows that are there get NULL when such a column is added, and nothing else. */
  readonly startsAsNull: boolean;
  readonly isGenerated: boolean;
  readonly isAutoIncrement: boolean;
  /** The collation that it names without a character set: Maxwell takes the table's character set then. */
  readonly collation: string | null;
}

/** Words behind which comes something that is no word of the definition itself. */
const withValue = new Set(['DEFAULT', 'COMMENT', 'COLLATE', 'CHARSET', 'AFTER', 'COLUMN_FORMAT', 'STORAGE']);

/**
 * Reads what stands behind the name of a column in ADD, MODIFY and CHANGE.
 *
 * @see https://dev.mysql.com/doc/refman/8.0/en/create-table.html column_definition
 */
export function readColumnDefinition(parts: readonly Part[]): ColumnDefinition {
  const { type, rest } = typeOf(parts);
  const words: string[] = [];
  let defaultValue: string | null = null;
  let collation: string | null = null;
  for (let index = 0; index < rest.length; index += 1) {
    const part = rest[index]!;
    if (part.kind !== 'word') {
      if (part.kind === 'group') words.push('()');
      continue;
    }
    const upper = part.text.toUpperCase();
    words.push(upper);
    if (!withValue.has(upper)) continue;
    index += 1;
    if (upper === 'COLLATE') collation = nameOf(rest[index]);
    if (upper === 'DEFAULT') defaultValue = isWord(rest[index], 'NULL') ? 'NULL' : 'a value';
  }
  const has = (word: string): boolean => words.includes(word);
  const isGenerated = has('AS') || has('GENERATED');
  const isNotNull = words.some((word, index) => word === 'NOT' && words[index + 1] === 'NULL');
  const isKey = has('PRIMARY') || (has('KEY') && !has('UNIQUE'));
  const isAutoIncrement = has('AUTO_INCREMENT');
  // Without a word a TIMESTAMP is NOT NULL on servers of the old kind (explicit_defaults_for_timestamp).
  const isSilent = type?.base === 'timestamp' && !has('NULL');
  const isNullable = !(isNotNull || isKey || isAutoIncrement || isSilent);
  return {
    type,
    isNullable,
    startsAsNull:
      type !== null && isNullable && !isGenerated && (defaultValue === null || defaultValue === 'NULL'),
    isGenerated,
    isAutoIncrement,
    collation: has('CHARSET') || has('CHARACTER') ? null : collation,
  };
}

/** A column of a list: `name definition`. */
export interface NamedDefinition {
  readonly name: string;
  readonly definition: ColumnDefinition;
}

/** Reads `name definition`, or `(name definition, …)`; null: it is neither. */
export function readColumns(parts: readonly Part[]): readonly NamedDefinition[] | null {
  const [first] = parts;
  const items = first?.kind === 'group' ? splitList(first.parts) : [parts];
  const columns = items.map((item) => {
    const name = nameOf(item[0]);
    return name === null ? null : { name, definition: readColumnDefinition(item.slice(1)) };
  });
  return columns.every((column) => column !== null) ? columns : null;
}
