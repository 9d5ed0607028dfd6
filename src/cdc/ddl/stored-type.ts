import { blobBytes, textBytes, wholeBytes } from '../schema/column-types.ts';
import { isWord, partsOf, type Part } from './tokens.ts';

/** A column's type, as far as it says which values are stored. */
export interface StoredType {
  /** In the words of information_schema: `int`, `varchar`, `decimal`, … */
  readonly base: string;
  /** Its length, its digits, its labels: in the order of the statement. */
  readonly args: readonly string[];
  readonly isUnsigned: boolean;
}

/** Other words for types. @see https://dev.mysql.com/doc/refman/8.0/en/other-vendor-data-types.html */
const synonyms: Readonly<Record<string, string>> = {
  INTEGER: 'int',
  INT1: 'tinyint',
  INT2: 'smallint',
  INT3: 'mediumint',
  INT4: 'int',
  INT8: 'bigint',
  MIDDLEINT: 'mediumint',
  BOOL: 'tinyint',
  BOOLEAN: 'tinyint',
  DEC: 'decimal',
  NUMERIC: 'decimal',
  FIXED: 'decimal',
  CHARACTER: 'char',
};

const known = new Set([
  ...Object.keys(wholeBytes),
  ...Object.keys(textBytes),
  ...Object.keys(blobBytes),
  ...'decimal float double bit char varchar binary varbinary date datetime timestamp time year enum set json'.split(
    ' ',
  ),
]);

/** Reads the type at the beginning of a definition; null: it is not known here. */
export function typeOf(parts: readonly Part[]): {
  readonly type: StoredType | null;
  readonly rest: readonly Part[];
} {
  const [first, second] = parts;
  if (first?.kind !== 'word') return { type: null, rest: parts };
  const word = first.text.toUpperCase();
  let base = synonyms[word] ?? word.toLowerCase();
  let place = 1;
  if (base === 'char' && isWord(second, 'VARYING')) {
    base = 'varchar';
    place = 2;
  }
  const group = parts[place];
  const isGroup = group?.kind === 'group';
  const rest = parts.slice(isGroup ? place + 1 : place);
  if (!known.has(base)) return { type: null, rest };
  const args = isGroup
    ? group.parts.flatMap((part) => ('text' in part && part.kind !== 'sign' ? [part.text] : []))
    : [];
  // Whether a backslash in a label is one depends on the session's sql_mode.
  if ((base === 'enum' || base === 'set') && args.some((label) => label.includes('\\')))
    return { type: null, rest };
  const isUnsigned = rest.some((part) => isWord(part, 'UNSIGNED') || isWord(part, 'ZEROFILL'));
  return { type: { base, args, isUnsigned }, rest };
}

/** The type that a COLUMN_TYPE of information_schema means. */
export function storedType(columnType: string): StoredType | null {
  const parts = partsOf(columnType);
  return parts === null ? null : typeOf(parts).type;
}

/**
 * Whether every value that a column can store is the same, and printed the same, after its type has become `now`.
 *
 * Character sets are not looked at: the caller compares those.
 */
export function keepsValues(was: StoredType, now: StoredType): boolean {
  const [had, has] = [was.args.map(Number), now.args.map(Number)];
  if (was.base in wholeBytes && now.base in wholeBytes) return keepsWhole(was, now);
  if (was.base === 'decimal' && now.base === 'decimal') {
    const [digits, scale] = [had[0] ?? 10, had[1] ?? 0];
    const [nowDigits, nowScale] = [has[0] ?? 10, has[1] ?? 0];
    const sign = was.isUnsigned === now.isUnsigned || !now.isUnsigned;
    return sign && nowScale >= scale && nowDigits - nowScale >= digits - scale;
  }
  if (clocks.has(was.base)) return was.base === now.base && (has[0] ?? 0) >= (had[0] ?? 0);
  if (was.base === 'enum' || was.base === 'set')
    return was.base === now.base && was.args.every((label, index) => now.args[index] === label);
  if (isTextual(was))
    return isTextual(now) && isLonger(was, now) && (now.base !== 'char' || was.base === 'char');
  if (isBytes(was)) return isBytes(now) && isLonger(was, now);
  return was.base === now.base && was.isUnsigned === now.isUnsigned && String(had) === String(has);
}

const clocks = new Set(['datetime', 'timestamp', 'time']);

function keepsWhole(was: StoredType, now: StoredType): boolean {
  const [had, has] = [wholeBytes[was.base] ?? 0, wholeBytes[now.base] ?? 0];
  if (was.isUnsigned === now.isUnsigned) return has >= had;
  return was.isUnsigned && has > had;
}

// CHAR drops spaces at the end of what VARCHAR and TEXT hold; BINARY(n) fills up with zeros, so it is not among these.
const isTextual = ({ base }: StoredType): boolean =>
  base === 'char' || base === 'varchar' || base in textBytes;
const isBytes = ({ base }: StoredType): boolean => base === 'varbinary' || base in blobBytes;

/** Whether the longest value of the one fits into the other. A character has up to four bytes. */
function isLonger(was: StoredType, now: StoredType): boolean {
  const [had, has] = [bytesOf(was), bytesOf(now)];
  if (had !== null && has !== null) return has >= had;
  if (had === null && has === null) return Number(now.args[0] ?? 1) >= Number(was.args[0] ?? 1);
  if (had !== null) return false;
  return has! >= Number(was.args[0] ?? 1) * (isBytes(was) ? 1 : 4);
}

/** Of a TEXT or BLOB; null where the definition gives the length. */
function bytesOf({ base, args }: StoredType): number | null {
  // A TEXT(300) is the smallest type that holds so many characters, TINYTEXT at the least.
  if (args.length > 0 && base in textBytes) return textBytes['tinytext']!;
  if (args.length > 0 && base in blobBytes) return blobBytes['tinyblob']!;
  return textBytes[base] ?? blobBytes[base] ?? null;
}
