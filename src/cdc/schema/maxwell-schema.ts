import { isJsonObject, type JsonObject, type JsonValue } from '../json/exact-number.ts';
import { isWhole } from './column-types.ts';
import { quoteText, unquoteText } from './quote.ts';
import type { ColumnSchema, TableSchema } from './table-schema.ts';

/**
 * A table as a DDL message of Maxwell defines it (`def`, `old`), as far as that goes.
 *
 * Maxwell keeps no lengths of texts, no digits of decimals, no collations, defaults or NULLs: such a column's type is
 * the bare word, unknown parts are null (a collation of the table: empty), and every column outside the primary key
 * counts as nullable. It tells what changed; a table cannot be made of it.
 *
 * @returns null when it is no such definition
 */
export function schemaOfDefinition(definition: JsonObject): TableSchema | null {
  const { database, table, charset, columns } = definition;
  if (typeof database !== 'string' || typeof table !== 'string' || !Array.isArray(columns)) return null;
  const named = texts(definition['primary-key']).map((name) => name.toLowerCase());
  const read = columns.map((column) => (isJsonObject(column) ? columnOf(column, named) : null));
  if (read.length === 0 || read.includes(null)) return null;
  const known = read as ColumnSchema[];
  const key = named.flatMap((name) => known.find((column) => column.name.toLowerCase() === name)?.name ?? []);
  return {
    database,
    table,
    columns: known,
    key,
    hasPrimaryKey: key.length > 0,
    charset: typeof charset === 'string' ? charset : '',
    collation: '',
  };
}

function columnOf(column: JsonObject, key: readonly string[]): ColumnSchema | null {
  const { name, type, charset } = column;
  if (typeof name !== 'string' || typeof type !== 'string') return null;
  const dataType = type.toLowerCase();
  // What Maxwell calls the column's length is the digits of a second's fraction; texts come without theirs.
  const fraction = column['column-length'];
  const known: ColumnSchema = {
    name,
    dataType,
    columnType: dataType,
    // Of whole numbers only, and without the UNSIGNED that ZEROFILL brings.
    isUnsigned: column['signed'] === false,
    length: null,
    scale: typeof fraction === 'number' && /^(?:datetime|timestamp|time)$/.test(dataType) ? fraction : null,
    precision: null,
    charset: typeof charset === 'string' && charset !== 'binary' ? charset : null,
    collation: null,
    isNullable: !key.includes(name.toLowerCase()),
    defaultText: null,
    defaultIsExpression: false,
    isGenerated: false,
  };
  const spelt = texts(column['enum-values']);
  if (spelt.length === 0) return { ...known, columnType: columnTypeOf(known) };
  const values = spelt.map((text) => quoteText(unquoteText(`'${text}'`)));
  return { ...known, columnType: `${dataType}(${values.join(',')})`, spelt };
}

function columnTypeOf(column: ColumnSchema): string {
  const { dataType, scale } = column;
  if (isWhole(column) && column.isUnsigned) return `${dataType} unsigned`;
  return scale === null || scale === 0 ? dataType : `${dataType}(${scale})`;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
