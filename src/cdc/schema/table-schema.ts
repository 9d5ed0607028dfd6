/** A column of a source table, in the words of information_schema.COLUMNS. */
export interface ColumnSchema {
  readonly name: string;
  /** DATA_TYPE in lower case: `bigint`, `varchar`, `enum`, … */
  readonly dataType: string;
  /** COLUMN_TYPE, as a CREATE TABLE takes it: `bigint(20) unsigned`, `enum('a','b')`, `datetime(6)`. */
  readonly columnType: string;
  readonly isUnsigned: boolean;
  /** Of ENUM and SET in a definition of Maxwell's: its values as Maxwell spells them in rows. */
  readonly spelt?: readonly string[];
  /** Characters of a text, bytes of a binary type, bits of BIT; null for other types. */
  readonly length: number | null;
  /** Digits of a second's fraction (DATETIME, TIMESTAMP, TIME) or behind a decimal point (DECIMAL); null for others. */
  readonly scale: number | null;
  /** All digits of a DECIMAL; null for others. */
  readonly precision: number | null;
  /** Of text types, ENUM and SET; null for others. */
  readonly charset: string | null;
  readonly collation: string | null;
  readonly isNullable: boolean;
  /** COLUMN_DEFAULT: null where there is none (or it is NULL). */
  readonly defaultText: string | null;
  /** The default is an expression (CURRENT_TIMESTAMP, uuid(), …), not a literal. */
  readonly defaultIsExpression: boolean;
  /** Computed by the server from other columns; Maxwell sends stored and virtual ones alike. */
  readonly isGenerated: boolean;
}

/** A table of the source at one moment. */
export interface TableSchema {
  readonly database: string;
  readonly table: string;
  /** In the table's own order. */
  readonly columns: readonly ColumnSchema[];
  /** Columns that identify a row: the primary key, else a unique index without NULLs; empty: there is none. */
  readonly key: readonly string[];
  /** Whether `key` is the primary key (Maxwell's messages name only that one). */
  readonly hasPrimaryKey: boolean;
  readonly charset: string;
  readonly collation: string;
}
