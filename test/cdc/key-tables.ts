import type { KeyColumn, KeySpace } from './keys.ts';
import { note, price, status, type TableDesign } from './tables.ts';
import type { Value } from './values.ts';

/** A type of a key's column with a few values, none of which is in the order that its text or its number suggests. */
interface KeyType {
  readonly name: string;
  readonly type: string;
  /** Default `?`. */
  readonly place?: string;
  /** Several where the column's collation takes them for the same. */
  readonly values: readonly (Value | readonly [Value, Value])[];
  /** MariaDB has no such type, or Maxwell does not carry it whole from there. */
  readonly onlyMysql?: boolean;
}

const latin = (type: string, collation = 'latin1_swedish_ci') =>
  `${type} CHARACTER SET latin1 COLLATE ${collation}`;
const utf8 = (type: string, collation: string) => `${type} CHARACTER SET utf8mb4 COLLATE ${collation}`;
const bytes = (...hex: readonly string[]) => hex.map((digits) => Buffer.from(digits, 'hex'));
const cast = (type: string) => ({ place: `CAST(? AS ${type})` });

const keyTypes: readonly KeyType[] = [
  { name: 'tinyint', type: 'TINYINT', values: [-128, -10, -9, -1, 0, 9, 10, 100, 127] },
  { name: 'int', type: 'INT', values: [-2147483648, -10, -9, 9, 10, 100, 2147483647] },
  { name: 'bigint', type: 'BIGINT', values: [-(2n ** 63n), -10n, -9n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n] },
  { name: 'bigint_u', type: 'BIGINT UNSIGNED', values: [9n, 10n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n] },
  { name: 'zerofill', type: 'INT(8) ZEROFILL', values: [0, 9, 10, 100, 12345678, 4294967295] },
  { name: 'decimal', type: 'DECIMAL(12,2)', ...cast('DECIMAL(12,2)'), values: ['-10.50', '-9.99', '-0.01', '0.00', '9.00', '10.00', '100.25'] },
  { name: 'decimal_u', type: 'DECIMAL(10,2) UNSIGNED', ...cast('DECIMAL(10,2)'), values: ['0.00', '0.01', '9.90', '10.00', '100.25', '99999999.99'] },
  { name: 'numeric_u', type: 'NUMERIC(20) UNSIGNED', ...cast('DECIMAL(20)'), values: ['9', '10', '100', '99999999999999999999'] },
  { name: 'decimal_z', type: 'DECIMAL(8,3) ZEROFILL', ...cast('DECIMAL(8,3)'), values: ['0.001', '9.000', '10.500', '99999.999'] },
  { name: 'bit8', type: 'BIT(8)', values: [0, 1, 9, 10, 100, 127, 128, 255] },
  { name: 'bit20', type: 'BIT(20)', values: [0, 9, 10, 100, 255, 256, 65_536, 1_048_575] },
  { name: 'date', type: 'DATE', ...cast('DATE'), values: ['1583-01-01', '1969-12-31', '1970-01-01', '2024-02-29', '9999-12-31'] },
  { name: 'datetime', type: 'DATETIME', ...cast('DATETIME'), values: ['1583-01-01 00:00:00', '1969-12-31 23:59:59', '2026-11-23 09:00:00', '2026-11-23 10:00:00'] },
  { name: 'datetime6', type: 'DATETIME(6)', ...cast('DATETIME(6)'), values: ['2026-11-23 09:00:00.000001', '2026-11-23 09:00:00.100000', '2026-11-23 09:00:00.099999'], onlyMysql: true },
  { name: 'timestamp', type: 'TIMESTAMP', ...cast('DATETIME'), values: ['1970-01-01 00:00:01', '2026-11-23 09:00:00', '2038-01-19 03:14:07'] },
  { name: 'time', type: 'TIME', ...cast('TIME'), values: ['00:00:00', '00:00:01', '09:59:59', '10:00:00', '23:59:59'] },
  { name: 'year', type: 'YEAR', values: [1901, 1969, 1970, 2026, 2155] },
  { name: 'binary', type: 'BINARY(4)', values: bytes('00000000', '00010000', '61000000', '61620000', '80000000', 'ffffffff') },
  { name: 'varbinary', type: 'VARBINARY(6)', values: bytes('', '00', '0000', '61', '6100', '80', 'ff') },
  { name: 'text_general', type: utf8('VARCHAR(20)', 'utf8mb4_general_ci'), values: [['b', 'B '], ['a', 'A'], ['é', 'E'], 'ab', '😀', ['_', '_  ']] },
  { name: 'text_bin', type: utf8('VARCHAR(20)', 'utf8mb4_bin'), values: ['b', 'B', 'a', 'A', 'é', 'e', '😀', ''] },
  { name: 'text_0900', type: utf8('VARCHAR(20)', 'utf8mb4_0900_ai_ci'), values: [['b', 'B'], ['e', 'É'], 'e ', '😀', '_', '10', '9'], onlyMysql: true },
  { name: 'text_spanish', type: utf8('CHAR(10)', 'utf8mb4_spanish_ci'), values: [['n', 'N'], ['ñ', 'Ñ'], 'o', 'nz', '10', '9'] },
  { name: 'latin1', type: latin('VARCHAR(20)'), values: [['å', 'Å'], ['ä', 'Ä'], ['ö', 'Ö '], ['z', 'Z'], ['a', 'A'], '€'] },
  { name: 'latin1_bin', type: latin('CHAR(6)', 'latin1_bin'), values: ['å', 'Å', 'z', 'Z', 'ÿ', '€', ''] },
  { name: 'enum', type: "ENUM('b','a')", values: ['b', 'a'] },
  { name: 'enum_words', type: "ENUM('sedang','kecil','besar é','paling besar')", values: ['sedang', 'kecil', 'besar é', 'paling besar'] },
  { name: 'enum_digits', type: "ENUM('10','9','1','2','')", values: ['10', '9', '1', '2', ''] },
  { name: 'enum_marks', type: `ENUM('z','it''s','a,b','back\\\\slash','say "hi"',' a')`, values: ['z', "it's", 'a,b', 'back\\slash', 'say "hi"', ' a'] },
  { name: 'enum_bin', type: utf8("ENUM('b','B','a','A','é','e')", 'utf8mb4_bin'), values: ['b', 'B', 'a', 'A', 'é', 'e'] },
]; // prettier-ignore

/** Room for more than two chunks of a load. */
const slots = 8000;
export const chunkedRows = 4500;

/** A key of two columns: the type's values take turns, so that all of them have rows around every chunk's end. */
function twoColumnKey({ type, place = '?', values }: KeyType, isFirst: boolean): KeySpace {
  const typed: KeyColumn = { name: 'part', type, place };
  const number: KeyColumn = { name: 'id', type: 'INT UNSIGNED', place: '?' };
  return {
    columns: isFirst ? [typed, number] : [number, typed],
    slots,
    variants: values.some(Array.isArray) ? 2 : 1,
    isPrimary: true,
    at(slot, variant) {
      const value = values[slot % values.length] as Value | readonly [Value, Value];
      const part = Array.isArray(value) ? (value[variant] as Value) : (value as Value);
      const id = 1 + Math.floor(slot / values.length);
      return isFirst ? [part, id] : [id, part];
    },
  };
}

function designsOfType(type: KeyType): TableDesign[] {
  return [true, false].map((isFirst) => ({
    name: isFirst ? `key_${type.name}_id` : `key_id_${type.name}`,
    key: twoColumnKey(type, isFirst),
    columns: [status, price, note],
    rows: chunkedRows,
  }));
}

/** Every type that a key may have, once as the first of two columns and once as the second. */
export const keyTables: readonly TableDesign[] = keyTypes.flatMap(designsOfType);

/** Those of them that a MariaDB has. */
export const keyTablesOfMariadb: readonly TableDesign[] = keyTypes
  .filter(({ onlyMysql = false }) => !onlyMysql)
  .flatMap(designsOfType);
