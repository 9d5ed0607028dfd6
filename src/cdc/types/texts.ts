import type { ColumnSchema } from '../schema/table-schema.ts';
import type { JsonValue } from '../json/exact-number.ts';
import { asUtf8, Broken, NotCarried, type ColumnType } from './column-type.ts';

const notText = new Broken('must be a text');
const unread = new NotCarried('holds characters that Maxwell cannot read (U+FFFD)');

const losses: ColumnType['losses'] = ({ charset }) =>
  holdsAllCharacters(charset)
    ? []
    : [
        'Bytes without a character of their own (81, 8D, 8F, 90 and 9D of latin1) become U+FFFD: such a row is read from the source.',
      ];

/** VARCHAR: as it is. */
export const varchar: ColumnType = {
  textOf: textIn,
  key: inItsCollation,
  losses,
};

/** CHAR: without the spaces at its end, which MySQL does not print. */
export const char: ColumnType = {
  textOf(value, column) {
    const text = textIn(value, column);
    return text instanceof Broken ? text : text.replace(/ +$/, '');
  },
  key: inItsCollation,
  losses,
};

/** TINYTEXT to LONGTEXT: as it is. */
export const longText: ColumnType = {
  textOf: varchar.textOf,
  // A bare column of LONGTEXT is copied as a BLOB, with its length cut to the bits of the target's: 256 characters in
  // a TINYTEXT become none, without an error. What a function returns is checked.
  fromText: asUtf8,
  key: 'A TEXT column cannot be a key: MySQL would index a part of it only.',
  losses,
};

function textIn(value: NonNullable<JsonValue>, column: ColumnSchema): string | Broken {
  if (typeof value !== 'string') return notText;
  return isUnread(value, column) ? unread : value;
}

/** Whether a text has U+FFFD in a column that cannot hold it: it stands for what Maxwell could not read. */
export function isUnread(text: string, { charset }: Pick<ColumnSchema, 'charset'>): boolean {
  return !holdsAllCharacters(charset) && text.includes('\ufffd');
}

/** Whether a character set is one of Unicode; null, no character set at all, counts as one. */
export function holdsAllCharacters(charset: string | null): boolean {
  return charset === null || /^(?:utf8|utf8mb3|utf8mb4|ucs2|utf16|utf16le|utf32)$/.test(charset);
}

/** SQL of a text in the column's own character set and collation, so that an index on the column is used. */
export function inItsCollation(text: string, { charset, collation }: ColumnSchema): string {
  if (charset === null || collation === null || !/^\w+ \w+$/.test(`${charset} ${collation}`))
    throw new Error(`${charset} ${collation}: not a character set and a collation`);
  return `CONVERT(${text} USING ${charset}) COLLATE ${collation}`;
}
