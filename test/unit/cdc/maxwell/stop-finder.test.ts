import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  databaseOf,
  queryOf,
  StopFinder,
  type BinlogEvent,
  type MaxwellStop,
} from '../../../../src/cdc/maxwell/stop-finder.ts';
import { lastStopIn } from '../../../../src/cdc/maxwell/stop-in-log.ts';
import { unreadablePartOf } from '../../../../src/cdc/maxwell/unreadable-statement.ts';
import { projectRoot } from '../../../../src/config/project-root.ts';

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(join(projectRoot, 'test/fixtures/maxwell', name), 'utf8')) as T;

/** What the parser of Maxwell 1.22.6 itself said of each. */
const { reads, ends } = fixture<{ reads: string[]; ends: string[] }>('statements.json');

/** What a MySQL 8.0.12 had in its binlog after the position of a Maxwell 1.22.6 that ended or hung, and its log. */
interface Recorded {
  readonly name: string;
  /** Where Maxwell's log says that it is; null: it says no position. */
  readonly at: string | null;
  readonly views: readonly string[];
  readonly events: readonly BinlogEvent[];
  readonly log: readonly string[];
}
const recorded = fixture<Recorded[]>('stops.json');

function findIn({ events, views }: Pick<Recorded, 'events' | 'views'>): MaxwellStop | null {
  const isView = (database: string, table: string): boolean => views.includes(`${database}.${table}`);
  const finder = new StopFinder({ source: 'app_producer', isView });
  for (const event of events) {
    const stop = finder.see(event);
    if (stop !== null) return stop;
  }
  return null;
}

describe('a statement', () => {
  test.each(reads)('that Maxwell reads: %s', (statement) => expect(unreadablePartOf(statement)).toBe(null));
  test.each(ends)('that ends it: %s', (statement) => expect(unreadablePartOf(statement)).not.toBe(null));

  test.each([
    ["CREATE TABLE t (a POINT SRID 4326, b TEXT COMMENT 'FIXED')", 'SRID'],
    ["XA START X'6f6e65',X'',1", 'XA START'],
    ['# why\nCREATE INDEX i ON t (a)', 'a comment before CREATE INDEX'],
    ['ALTER TABLE p EXCHANGE PARTITION p0 WITH TABLE d.t', 'EXCHANGE PARTITION … WITH TABLE database.table'],
    ['CREATE TABLE t (a INT DEFAULT (1 + 1))', 'DEFAULT (expression)'],
    ['ALTER TABLE t ADD a INT INVISIBLE, ADD INDEX (a)', 'INVISIBLE'],
  ])('%s is told by what Maxwell does not know: %s', (statement, part) => {
    expect(unreadablePartOf(statement)).toBe(part);
  });
});

describe('the statement at which Maxwell stands', () => {
  test.each(recorded)('is found in the binlog: $name', (each) => {
    const stop = findIn(each);
    expect(stop).not.toBe(null);
    if (each.at !== null) expect(stop?.position).toBe(each.at);
  });

  test.each(recorded.filter(({ at }) => at !== null))('is found in the log: $name', ({ log, at }) => {
    expect(lastStopIn(log)?.position).toBe(at);
  });

  test('is told with its database, or with the table of its rows', () => {
    const told = (name: string) => findIn(recorded.find((each) => each.name === name)!);
    expect(told('srid')).toMatchObject({ part: 'SRID', database: 'app_other', table: null });
    expect(told('exchange')).toMatchObject({ database: 'app_other' });
    expect(told('rename view')).toMatchObject({ part: 'RENAME of a view', database: 'app_other' });
    expect(told('partial json other')).toMatchObject({ statement: null, table: 'app_other.j' });
    expect(told('dollar in source, row')).toMatchObject({ statement: null, table: 'app_producer.a$b' });
  });

  test('is none among what Maxwell reads, rows of any database with them', () => {
    const events = [
      { type: 'Query', info: 'use `app_other`; CREATE TABLE t (id INT) /* xid=5 */' },
      { type: 'Query', info: 'BEGIN' },
      { type: 'Query', info: 'INSERT INTO t VALUES (1)' },
      { type: 'Table_map', info: 'table_id: 1 (app_other.a$b)' },
      { type: 'Write_rows', info: 'table_id: 1 flags: STMT_END_F' },
      { type: 'Xid', info: 'COMMIT /* xid=6 */' },
      { type: 'Query', info: 'RENAME TABLE app_other.t TO app_other.u' },
    ].map((event, index) => ({ ...event, position: `binlog.000001:${index}` }));
    expect(findIn({ events, views: ['app_other.v'] })).toBe(null);
    expect(findIn({ events, views: ['app_other.u'] })?.position).toBe('binlog.000001:6');
  });
});

test('what a Query event says of the chosen database, and what a statement names', () => {
  expect(queryOf('use `a``b`; DROP TABLE t /* xid=7 */')).toEqual({
    statement: 'DROP TABLE t',
    database: 'a`b',
  });
  expect(databaseOf('CREATE TABLE `x y`.t (a INT)', 'chosen')).toBe('x y');
  expect(databaseOf('CREATE TABLE t (a INT)', 'chosen')).toBe('chosen');
  expect(databaseOf('ALTER DATABASE d READ ONLY = 1', null)).toBe('d');
  expect(databaseOf('CREATE DATABASE IF NOT EXISTS `a b`', null)).toBe('a b');
});

test('a log that says of no statement', () => {
  expect(lastStopIn(['INFO  Maxwell - booting', ''])).toBe(null);
});
