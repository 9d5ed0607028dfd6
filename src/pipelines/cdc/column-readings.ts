import { columnNames, nameInDdl, type ColumnNames } from '../../cdc/maxwell/naming.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';
import { readerOf, type ColumnReader } from './former-columns.ts';

/** How one of today's columns is read in a row that was written under another definition of its table. */
export interface ColumnReading {
  readonly column: ColumnSchema;
  /** The table had the column then. */
  readonly wasThere: boolean;
  readonly read: ColumnReader;
}

/** How a row is read: the columns of its key, in the key's order, and the others, in the table's. */
export interface RowReading {
  readonly key: readonly ColumnReading[];
  readonly data: readonly ColumnReading[];
}

/** How messages about the rows of a table are read. */
export interface RowReader {
  readonly names: ColumnNames;
  /** Of the Kafka keys of rows, in which names are in lower case. */
  readonly keyNames: ColumnNames;
  /**
   * The reading for a definition under which rows were written, made once for each: what it takes to compare two
   * definitions is as much as to read ten rows.
   */
  readonly readingOf: (then: TableSchema) => RowReading;
}

const readers = new WeakMap<TableSchema, RowReader>();

/** The reader of a table's messages; the same for the same schema, so that it is made and compiled once. */
export function rowReader(schema: TableSchema): RowReader {
  let reader = readers.get(schema);
  if (reader === undefined) {
    const names = columnNames(schema.columns.map(({ name }) => name));
    const keyNames = columnNames(schema.key.map((name) => name.toLowerCase()));
    reader = { names, keyNames, readingOf: rowReadings(schema) };
    readers.set(schema, reader);
  }
  return reader;
}

function rowReadings(schema: TableSchema): (then: TableSchema) => RowReading {
  const key = schema.key.map((name) => schema.columns.find((column) => column.name === name)!);
  const data = schema.columns.filter((column) => !key.includes(column));
  const known = new WeakMap<TableSchema, RowReading>();
  return (then) => {
    let reading = known.get(then);
    if (reading === undefined) {
      // Columns are named without regard to case.
      const formers = new Map(then.columns.map((column) => [column.name.toLowerCase(), column]));
      const inThen = (column: ColumnSchema): ColumnReading => {
        const name = column.name.toLowerCase();
        const former = formers.get(name) ?? formers.get(nameInDdl(name));
        return { column, wasThere: former !== undefined, read: readerOf(former ?? column, column) };
      };
      reading = { key: key.map(inThen), data: data.map(inThen) };
      known.set(then, reading);
    }
    return reading;
  };
}
