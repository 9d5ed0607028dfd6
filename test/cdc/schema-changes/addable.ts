import { columnForMariadb, isJson, type Source } from '../mariadb-designs.ts';
import { datetime, document, setOf } from '../structured-values.ts';
import * as values from '../values.ts';
import { orNull, type Make } from '../values.ts';

/** A column that the workload adds. */
export interface Addable {
  readonly type: string;
  readonly make: Make;
  /** The type that it can be widened to. */
  readonly wider?: { readonly type: string; readonly make: Make };
}

export const utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci';

const addable: readonly Addable[] = [
  {
    type: 'INT NULL',
    make: orNull(values.whole(-(2n ** 31n), 2n ** 31n - 1n)),
    wider: { type: 'BIGINT NULL', make: orNull(values.whole(-(2n ** 63n), 2n ** 63n - 1n)) },
  },
  {
    type: 'TINYINT UNSIGNED NOT NULL DEFAULT 7',
    make: values.whole(0n, 255n),
    wider: { type: 'INT UNSIGNED NOT NULL DEFAULT 7', make: values.whole(0n, 2n ** 32n - 1n) },
  },
  {
    type: `VARCHAR(20) ${utf8} NOT NULL DEFAULT 'n/a'`,
    make: values.text(20),
    wider: { type: `VARCHAR(300) ${utf8} NOT NULL DEFAULT 'n/a'`, make: values.text(300) },
  },
  {
    type: `VARCHAR(20) ${utf8} NULL DEFAULT 'baru'`,
    make: orNull(values.text(20)),
    wider: { type: `TEXT ${utf8} NULL`, make: orNull(values.text(400)) },
  },
  {
    type: 'DECIMAL(10,2) NOT NULL DEFAULT 12.50',
    make: values.decimal(10, 2),
    wider: { type: 'DECIMAL(20,2) NOT NULL DEFAULT 12.50', make: values.decimal(20, 2) },
  },
  {
    type: "ENUM('a','b') NOT NULL DEFAULT 'b'",
    make: values.oneOf('a', 'b'),
    wider: { type: "ENUM('a','b','c') NOT NULL DEFAULT 'b'", make: values.oneOf('a', 'b', 'c') },
  },
  {
    type: 'DATETIME(3) NULL',
    make: orNull(datetime(3)),
    wider: { type: 'DATETIME(6) NULL', make: orNull(datetime(6)) },
  },
  {
    type: "DATETIME NOT NULL DEFAULT '2026-01-01 00:00:00'",
    make: datetime(0),
  },
  {
    type: 'VARBINARY(10) NULL',
    make: orNull(values.bytes(0, 10)),
    wider: { type: 'VARBINARY(100) NULL', make: orNull(values.bytes(0, 100)) },
  },
  { type: 'DOUBLE NOT NULL DEFAULT 0.5', make: values.double },
  { type: 'JSON NULL', make: orNull(document) },
  {
    type: 'DECIMAL(9,2) UNSIGNED NOT NULL DEFAULT 12.50',
    make: values.oneOf('0', '0.01', '19.90', '9999999.99'),
    wider: {
      type: 'DECIMAL(19,2) UNSIGNED NOT NULL DEFAULT 12.50',
      make: values.oneOf('0.10', '19.90', '12345678901234567.89'),
    },
  },
  {
    // Another order, and one label in the middle: the numbers of all labels change, their texts do not.
    type: "ENUM('z','b','a') NOT NULL DEFAULT 'a'",
    make: values.oneOf('a', 'b', 'z'),
    wider: { type: "ENUM('b','it''s','z','a') NOT NULL DEFAULT 'a'", make: values.oneOf('a', "it's", 'z') },
  },
  {
    type: "SET('z','b') NULL",
    make: orNull(setOf('z', 'b')),
    wider: { type: "SET('a','b','say \"hi\"','z') NULL", make: orNull(setOf('z', 'b', 'say "hi"')) },
  },
];

/** What may be added on a source of this kind. */
export const addableOf: Readonly<Record<Source, readonly Addable[]>> = {
  mysql: addable,
  mariadb: addable
    .filter(({ type }) => !isJson(type))
    .map(({ wider, ...column }) => ({
      ...columnForMariadb(column),
      ...(wider && { wider: columnForMariadb(wider) }),
    })),
};
