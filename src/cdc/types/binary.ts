import type { JsonValue } from '../json/exact-number.ts';
import { asUtf8, Broken, type ColumnType } from './column-type.ts';

const notBase64 = new Broken('must be base64');
const tooLong = new Broken('is too long');

const inBase64 = {
  fromText: (text: string) => `FROM_BASE64(${text})`,
  // TO_BASE64 breaks its lines after 76 characters.
  toText: (sql: string) => asUtf8(`REPLACE(TO_BASE64(${sql}), '\\n', '')`),
};

/** VARBINARY: base64. */
export const varbinary: ColumnType = {
  textOf(value) {
    const bytes = bytesOf(value);
    return bytes instanceof Broken ? bytes : bytes.toString('base64');
  },
  ...inBase64,
  key: inBase64.fromText,
};

/** BINARY(n): base64 of all n bytes. Maxwell cuts zeros at the end of live values, which would be a second identity. */
export const binary: ColumnType = {
  textOf(value, { length }) {
    const bytes = bytesOf(value);
    if (bytes instanceof Broken) return bytes;
    const size = length ?? 1;
    if (bytes.length > size) return tooLong;
    return Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]).toString('base64');
  },
  ...inBase64,
  key: inBase64.fromText,
};

/** TINYBLOB to LONGBLOB: base64. */
export const blob: ColumnType = {
  textOf: varbinary.textOf,
  ...inBase64,
  key: 'A BLOB cannot be a key: MySQL would index a part of it only.',
};

function bytesOf(value: NonNullable<JsonValue>): Buffer | Broken {
  // Checked here: FROM_BASE64 makes NULL of what it cannot read.
  const isBase64 =
    typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  return isBase64 ? Buffer.from(value, 'base64') : notBase64;
}
