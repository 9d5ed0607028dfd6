import type { Connection } from 'mariadb';

/** A connection or a pool. Opened with `driverOptions`: types and defaults are read and written in its SQL mode. */
export type Querier = Pick<Connection, 'query'>;

/** What `columnOf` reads. Every column has an alias: servers differ in the case of their names. */
export const columnFields =
  'COLUMN_NAME AS name, DATA_TYPE AS dataType, COLUMN_TYPE AS columnType, ' +
  'CHARACTER_MAXIMUM_LENGTH AS characters, NUMERIC_PRECISION AS `precision`, NUMERIC_SCALE AS scale, ' +
  'DATETIME_PRECISION AS fraction, CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation, ' +
  'IS_NULLABLE AS nullable, COLUMN_DEFAULT AS defaultText, EXTRA AS extra, COLUMN_COMMENT AS comment';

/** The columns of a table in their order. */
export const columnsQuery =
  `SELECT ${columnFields} ` +
  'FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION';
