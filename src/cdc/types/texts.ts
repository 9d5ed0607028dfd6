import type { ColumnSchema } from '../schema/table-schema.ts';
import { asUtf8, Broken, type ColumnType } from './column-type.ts';

const notText = new Broken('must be a text');

/** VARCHAR: as it is. */
export const varchar: ColumnType = {
  textOf: (value) => (typeof value === 'string' ? value : notText),
  key: inItsCollation,
};

/** CHAR: without the spaces at its end, which MySQL does not print. */
export const char: ColumnType = {
  textOf: (value) => (typeof value === 'string' ? value.replace(/ +$/, '') : notText),
  key: inItsCollation,
};

/** TINYTEXT to LONGTEXT: as it is. */
export const longText: ColumnType = {
  textOf: varchar.textOf,
  // A bare column of LONGTEXT is copied as a BLOB, with its length cut to the bits of the target's: 256 characters in
  // a TINYTEXT become none, without an error. What a function returns is checked.
  fromText: asUtf8,
  key: 'A TEXT column cannot be a key: MySQL would index a part of it only.',
};

/** SQL of a text in the column's own character set and collation, so that an index on the column is used. */
export function inItsCollation(text: string, { charset, collation }: ColumnSchema): string {
  if (charset === null || collation === null || !/^\w+ \w+$/.test(`${charset} ${collation}`))
    throw new Error(`${charset} ${collation}: not a character set and a collation`);
  return `CONVERT(${text} USING ${charset}) COLLATE ${collation}`;
}
