import { numberText, type JsonValue } from '../json/exact-number.ts';
import { asUtf8, Broken, isZerofill, type ColumnType } from './column-type.ts';

const notWhole = new Broken('must be a whole number');
const outOfRange = new Broken('is out of range');
const wrongBytes = new Broken('comes with its bytes mixed up in a bootstrap: read the table by SQL');

const bits: Readonly<Record<string, number>> = {
  tinyint: 8,
  smallint: 16,
  mediumint: 24,
  int: 32,
  bigint: 64,
};

/** TINYINT to BIGINT, signed or not: plain digits. */
export const integer: ColumnType = {
  textOf(value, column, origin) {
    const text = wholeText(value);
    if (text instanceof Broken) return text;
    const size = bits[column.dataType] ?? 64;
    if (isSmall(text, size)) return text;
    // Maxwell reads the bits with a sign where a CREATE TABLE says ZEROFILL and leaves UNSIGNED to the server.
    if (text.startsWith('-') && origin === 'live' && isZerofill(column))
      return within(String(BigInt(text) + (1n << BigInt(size))), 0n, (1n << BigInt(size)) - 1n);
    const least = column.isUnsigned ? 0n : -(1n << BigInt(size - 1));
    return within(text, least, least + (1n << BigInt(size)) - 1n);
  },
  toText: (sql, column) => asUtf8(isZerofill(column) ? `CAST(${sql} AS UNSIGNED)` : sql),
  // A text compared with a number would go through doubles.
  key: (text, column) => `CAST(${text} AS ${column.isUnsigned ? 'UNSIGNED' : 'SIGNED'})`,
};

/**
 * BIT(n): its bits as one unsigned number.
 *
 * Maxwell adds up bytes that it shifts as signed 32-bit numbers, and a bootstrap gives it the bytes in the other
 * order. Up to four bytes both are undone here.
 */
export const bit: ColumnType = {
  textOf(value, column, origin) {
    const text = wholeText(value);
    if (text instanceof Broken) return text;
    const size = column.length ?? 1;
    const most = (1n << BigInt(size)) - 1n;
    if (size <= 8) return within(text, 0n, most);
    if (size > 32) return origin === 'bootstrap' ? wrongBytes : within(text, 0n, most);
    const unsigned = text.startsWith('-') && size > 24 ? BigInt(text) + (1n << 32n) : BigInt(text);
    const inOrder = origin === 'live' ? unsigned : reversed(unsigned, Math.ceil(size / 8));
    return within(String(inOrder), 0n, most);
  },
  fromText: asUnsigned,
  toText: (sql) => asUtf8(`CAST(${sql} AS UNSIGNED)`),
  key: asUnsigned,
  losses({ length }) {
    if ((length ?? 1) <= 32) return [];
    return [
      'A live value of more than 31 bits is wrong unless it has all 64.',
      'A bootstrap mixes up the bytes: its rows are refused.',
    ];
  },
};

/** The number that has the same bytes in the other order. */
function reversed(value: bigint, bytes: number): bigint {
  let result = 0n;
  for (let i = 0; i < bytes; i++) result = (result << 8n) | ((value >> BigInt(8 * i)) & 255n);
  // What lies above the bytes stays there, so that it is found to be out of range.
  return value >> BigInt(8 * bytes) === 0n ? result : value;
}

/** YEAR: four digits. */
export const year: ColumnType = {
  textOf(value, _column, origin) {
    const text = wholeText(value);
    if (text instanceof Broken) return text;
    // 1900 is no YEAR: Maxwell adds 1900 to the byte that the binlog holds, and that is 0 for 0000.
    if (text === '0' || (text === '1900' && origin === 'live')) return '0000';
    return within(text, 1901n, 2155n);
  },
  fromText: asUnsigned,
  key: asUnsigned,
  losses: () => ['A bootstrap reads 0000 as 2000.'],
};

function asUnsigned(text: string): string {
  return `CAST(${text} AS UNSIGNED)`;
}

function wholeText(value: NonNullable<JsonValue>): string | Broken {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = numberText(value);
  // Twenty digits hold every whole number that MySQL has.
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return notWhole;
  return text === '-0' ? '0' : text;
}

/** Whether digits are so few that every column of this size holds them, with a sign or without: most are. */
function isSmall(text: string, size: number): boolean {
  return text.charCodeAt(0) !== 45 && text.length <= (size === 64 ? 18 : size === 32 ? 9 : 2);
}

/** A CAST of a larger number would give the largest one, and a key would hit another row. */
function within(text: string, least: bigint, most: bigint): string | Broken {
  const value = BigInt(text);
  return value < least || value > most ? outOfRange : text;
}
