import { holdsAll, modern } from '../../cdc/schema/charsets.ts';
import { isList, isText, isWhole, textBytes } from '../../cdc/schema/column-types.ts';
import { listValues, quoteText } from '../../cdc/schema/quote.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { digitsOf } from './fit-numbers.ts';
import { follow, keep, refuse, type ColumnType, type Fit } from './fit.ts';

/** Texts: a longer type, a larger character set, the source's collation. */
export function fitText(replica: ColumnSchema, source: ColumnSchema): Fit {
  if (!isText(source)) return refuse;
  const letters = jointLetters(replica, source);
  if (letters === null) return refuse;
  // CHAR drops spaces at the end, which a replica's other type holds.
  if (source.dataType === 'char' && replica.dataType !== 'char') return refuse;
  const columnType = widerText(replica, source, letters.charset ?? '');
  const isSame = columnType === plain(replica) && sameLetters(replica, letters);
  return isSame ? keep : { kind: 'change', to: { columnType, ...letters }, rewritten: false };
}

/** Numbers, ENUM and SET that became a text: the server prints them as they were read. */
export function becomesText(replica: ColumnSchema, source: ColumnSchema): Fit {
  const characters = isWhole(replica) ? 1 + digitsOf(replica) : longestOf(replica);
  const room = source.dataType in textBytes ? (textBytes[source.dataType] ?? 0) / 4 : (source.length ?? 0);
  return characters <= room ? follow(source, { rewritten: true }) : refuse;
}

/** ENUM and SET: with every value that the replica or the source has. */
export function fitList(replica: ColumnSchema, source: ColumnSchema): Fit {
  const letters = jointLetters(replica, source);
  if (replica.dataType !== source.dataType || letters === null) return refuse;
  const [had, has] = [listValues(replica.columnType), listValues(source.columnType)];
  const change = (values: readonly string[]): Fit => ({
    kind: 'change',
    to: { columnType: `${source.dataType}(${values.map(quoteText).join(',')})`, ...letters },
    rewritten: false,
  });
  if (had.every((value) => has.includes(value))) {
    return had.length === has.length &&
      had.every((value, i) => value === has[i]) &&
      sameLetters(replica, letters)
      ? keep
      : change(has);
  }
  // A SET is printed in the order of its values, which must then be the source's.
  if (source.dataType === 'set') {
    return isDeepEqual(
      had.filter((value) => has.includes(value)),
      has,
    )
      ? keep
      : refuse;
  }
  const added = has.filter((value) => !had.includes(value));
  const taken = new Set(had.map((value) => value.toLowerCase()));
  if (added.some((value) => taken.has(value.toLowerCase()))) return refuse;
  return added.length === 0 && sameLetters(replica, letters) ? keep : change([...had, ...added]);
}

/**
 * ENUM of a key: the source's values in its order, then those that only the replica has. Keys that were read are known
 * by where they lie in the order, so that all is read again when one of them has changed its place.
 */
export function fitKeyList(replica: ColumnSchema, source: ColumnSchema): Fit {
  const fit = fitList(replica, source);
  if (fit.kind === 'refuse') return fit;
  const [had, has] = [listValues(replica.columnType), listValues(source.columnType)];
  const values = [...has, ...had.filter((value) => !has.includes(value))];
  if (isDeepEqual(values, had)) return fit;
  const isMoved = !isDeepEqual(
    values.filter((value) => had.includes(value)),
    had,
  );
  const { charset, collation } = fit.kind === 'change' ? fit.to : replica;
  const columnType = `${source.dataType}(${values.map(quoteText).join(',')})`;
  return { kind: 'change', to: { columnType, charset, collation }, rewritten: isMoved };
}

type Letters = Pick<ColumnType, 'charset' | 'collation'>;

/** The character set that holds the texts of both; null when neither of the two does. */
export function jointLetters(replica: ColumnSchema, source: ColumnSchema): Letters | null {
  const { charset, collation } = source;
  if (holdsAll(charset, replica.charset)) return { charset, collation };
  return holdsAll(replica.charset, charset)
    ? { charset: replica.charset, collation: replica.collation }
    : null;
}

function sameLetters(replica: ColumnSchema, { collation }: Letters): boolean {
  return modern(replica.collation) === modern(collation);
}

function widerText(replica: ColumnSchema, source: ColumnSchema, charset: string): string {
  const both = [replica, source];
  if (both.every(({ dataType }) => !(dataType in textBytes))) {
    const type = both.every(({ dataType }) => dataType === 'char') ? 'char' : 'varchar';
    return `${type}(${Math.max(...both.map(({ length }) => length ?? 0))})`;
  }
  const needed = Math.max(...both.map((column) => bytesIn(column, modern(charset))));
  return Object.keys(textBytes).find((type) => (textBytes[type] ?? 0) >= needed) ?? 'longtext';
}

/** Bytes that the longest text of a column takes in another character set. */
function bytesIn(column: ColumnSchema, charset: string): number {
  const bytes = textBytes[column.dataType];
  // The longest VARCHAR has 65,535 bytes, a row's limit.
  if (bytes === undefined) return Math.min((column.length ?? 0) * (charset === 'utf8mb4' ? 4 : 3), 65_535);
  const own = modern(column.charset);
  const grows = own !== charset && own !== 'ascii' && !(own === 'utf8mb3' && charset === 'utf8mb4');
  return grows ? bytes * 3 : bytes;
}

const plain = ({ dataType, length }: ColumnSchema): string =>
  dataType in textBytes ? dataType : `${dataType}(${length})`;

function longestOf(column: ColumnSchema): number {
  const values = isList(column) ? listValues(column.columnType) : [];
  const lengths = values.map((value) => [...value].length);
  if (column.dataType === 'enum') return Math.max(...lengths);
  return lengths.reduce((sum, length) => sum + length + 1, 0);
}

function isDeepEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
