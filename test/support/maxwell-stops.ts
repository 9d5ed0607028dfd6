import { createConnection, type Connection } from 'mariadb';
import type { NativeStack } from '../../src/lab/stack/native/native-stack.ts';

/** A way to stop Maxwell 1.22.6 for good. */
export interface StopCase {
  readonly name: string;
  /** Statements that it reads. */
  readonly before?: readonly string[];
  /** Statements of which the last but `after` ends it. */
  readonly at: readonly string[];
  /** What `alir doctor` says of the statement. */
  readonly says: RegExp;
  /** Another of the same kind: tried by test:full only, since each takes a minute. */
  readonly isAnother?: boolean;
}

const one = 'CREATE TABLE app_other.x (id INT PRIMARY KEY, a INT)';

/** In another database than the source, wherever that is enough. */
export const stopCases: readonly StopCase[] = [
  {
    name: 'a row of a table with a space in its name',
    isAnother: true,
    before: ['CREATE TABLE app_producer.`with space` (id INT PRIMARY KEY)'],
    at: ['INSERT INTO app_producer.`with space` VALUES (1)'],
    says: /a change of app_producer\.with space: .*a name that no topic can have/,
  },
  {
    name: 'a row of a table with a $ in its name',
    isAnother: true,
    before: ['CREATE TABLE app_producer.`a$b` (id INT PRIMARY KEY)'],
    at: ['INSERT INTO app_producer.`a$b` VALUES (1)'],
    says: /a change of app_producer\.a\$b: .*a name that no topic can have/,
  },
  {
    name: 'RENAME of a view',
    before: ['CREATE VIEW app_other.v AS SELECT 1 AS one'],
    at: ['RENAME TABLE app_other.v TO app_other.w'],
    says: /in the database app_other: RENAME TABLE app_other\.v TO app_other\.w \(/,
  },
  {
    name: 'SRID',
    isAnother: true,
    at: ['CREATE TABLE app_other.places (id INT PRIMARY KEY, at POINT NOT NULL SRID 4326)'],
    says: /in the database app_other: CREATE TABLE app_other\.places .* \(SRID\)/,
  },
  {
    name: 'XA',
    isAnother: true,
    before: [one],
    at: [
      "XA START 'one'",
      'INSERT INTO app_other.x VALUES (1, 1)',
      "XA END 'one'",
      "XA PREPARE 'one'",
      "XA COMMIT 'one'",
    ],
    says: /: XA START .*\(XA START\)/,
  },
  {
    name: 'a comment after # before CREATE INDEX',
    isAnother: true,
    before: [one],
    at: ['# a comment\nCREATE INDEX i ON app_other.x (a)'],
    says: /in the database app_other: .*\(a comment before CREATE INDEX\)/,
  },
  {
    name: 'a comment of several lines before CREATE INDEX',
    isAnother: true,
    before: [one],
    at: ['/* a\ncomment */ CREATE INDEX i ON app_other.x (a)'],
    says: /in the database app_other: .*\(a comment before CREATE INDEX\)/,
  },
  {
    name: 'FIXED',
    isAnother: true,
    at: ['CREATE TABLE app_other.f (id INT PRIMARY KEY, a FIXED(10,3))'],
    says: /in the database app_other: CREATE TABLE app_other\.f .*\(FIXED\)/,
  },
  {
    name: 'DEC',
    isAnother: true,
    at: ['CREATE TABLE app_other.f (id INT PRIMARY KEY, a DEC(10,3))'],
    says: /in the database app_other: CREATE TABLE app_other\.f .*\(DEC\)/,
  },
  {
    name: 'EXCHANGE PARTITION with a table of another database',
    isAnother: true,
    before: [
      'CREATE TABLE app_other.p (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10))',
      'CREATE TABLE app_third.t (id INT PRIMARY KEY)',
    ],
    at: ['ALTER TABLE app_other.p EXCHANGE PARTITION p0 WITH TABLE app_third.t'],
    says: /in the database app_other: .*\(EXCHANGE PARTITION … WITH TABLE database\.table\)/,
  },
  {
    name: 'an UPDATE under PARTIAL_JSON, at which it hangs',
    isAnother: true,
    before: [
      'CREATE TABLE app_other.j (id INT PRIMARY KEY, doc JSON)',
      "INSERT INTO app_other.j VALUES (1, JSON_OBJECT('a', REPEAT('x', 2000), 'b', 1))",
      "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
    ],
    at: ["UPDATE app_other.j SET doc = JSON_SET(doc, '$.b', 2)"],
    says: /a change of app_other\.j: .*PARTIAL_JSON/,
  },
];

/** What MySQL 8.0.12, the source of a native stack, refuses itself: these came with 8.0.13 to 8.0.23. */
export const refusedByServer: readonly string[] = [
  'ALTER TABLE app_other.c DROP CHECK positive',
  'CREATE TABLE app_other.d (id INT PRIMARY KEY, a CHAR(36) DEFAULT (UUID()))',
  'CREATE TABLE app_other.i (id INT PRIMARY KEY, a INT INVISIBLE)',
];

/** A connection of the server's administrator. */
export function rootConnection({ ports, secrets }: NativeStack): Promise<Connection> {
  const address = { host: '127.0.0.1', port: ports.mysql, user: 'root', password: secrets.root };
  return createConnection({ ...address, allowPublicKeyRetrieval: true });
}

/** Lets Maxwell begin anew at the end of the binlog, and takes away what a case has made. What it missed is lost. */
export async function beginAnew(stack: NativeStack): Promise<void> {
  await stack.stop('maxwell');
  const root = await rootConnection(stack);
  try {
    for (const name of ['app_other', 'app_third']) {
      await root.query(`DROP DATABASE IF EXISTS ${name}`);
      await root.query(`CREATE DATABASE ${name}`);
    }
    await root.query('DROP TABLE IF EXISTS app_producer.`with space`, app_producer.`a$b`');
    await root.query('DROP DATABASE IF EXISTS maxwell');
  } finally {
    await root.end();
  }
  await stack.start('maxwell');
}
