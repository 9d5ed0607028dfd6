import { describe, expect, test } from 'vitest';
import {
  judgeSourcePrivileges,
  judgeTargetPrivileges,
} from '../../../../src/operations/doctor/checks/privileges.ts';
import { missingPrivileges, parseGrants } from '../../../../src/operations/doctor/grants.ts';
import { levelsOf } from './support.ts';

const usage = 'GRANT USAGE ON *.* TO `alir`@`%`';

describe('what SHOW GRANTS says', () => {
  test.each([
    ['a name', 'GRANT SELECT ON `app_producer`.* TO `alir`@`%`', 'app_producer', true],
    ['another name', 'GRANT SELECT ON `app_producer`.* TO `alir`@`%`', 'other', false],
    [
      'a pattern',
      'GRANT ALL PRIVILEGES ON `app\\_%`.* TO `alir`@`%` WITH GRANT OPTION',
      'app_producer',
      true,
    ],
    [
      'a pattern with an escaped underscore',
      'GRANT SELECT ON `app\\_%`.* TO `alir`@`%`',
      'appXproducer',
      false,
    ],
    ['a pattern with a free underscore', 'GRANT SELECT ON `app_%`.* TO `alir`@`%`', 'appXproducer', true],
    ['the whole server', 'GRANT INSERT, SELECT ON *.* TO `alir`@`%`', 'anything', true],
    ['a dot in the name', 'GRANT SELECT ON `a.b`.* TO `alir`@`%`', 'a.b', true],
    ['a dot means a dot', 'GRANT SELECT ON `a.b`.* TO `alir`@`%`', 'axb', false],
    ['a single table', 'GRANT SELECT ON `app_producer`.`orders` TO `alir`@`%`', 'app_producer', false],
    ['nothing', usage, 'app_producer', false],
  ])('%s', (_case, line, database, holds) => {
    expect(missingPrivileges(parseGrants([line]), database, ['SELECT'])).toEqual(holds ? [] : ['SELECT']);
  });

  test('a privilege on a database is none on the server', () => {
    const grants = parseGrants(['GRANT ALL PRIVILEGES ON `%`.* TO `alir`@`%`']);
    expect(missingPrivileges(grants, '*', ['REPLICATION CLIENT'])).toEqual(['REPLICATION CLIENT']);
  });

  test('roles are noticed, proxies are none', () => {
    expect(parseGrants(['GRANT `etl`@`%`,`x`@`%` TO `alir`@`%`']).hasRoles).toBe(true);
    expect(parseGrants([usage, "GRANT PROXY ON ''@'' TO 'root'@'localhost'"]).hasRoles).toBe(false);
  });
});

describe('our own user', () => {
  const databases = ['app_consumer', 'app_olap'];
  const target = (...lines: string[]) => judgeTargetPrivileges(parseGrants(lines), 'alir', databases);

  test.each([
    ['everything', ['GRANT ALL PRIVILEGES ON `app\\_%`.* TO `alir`@`%`'], ['ok']],
    ['rows only', ['GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO `alir`@`%`'], ['warning', 'warning']],
    ['one database', ['GRANT ALL PRIVILEGES ON `app_consumer`.* TO `alir`@`%`'], ['problem', 'warning']],
    ['unknown because of a role', [usage, 'GRANT `etl`@`%` TO `alir`@`%`'], Array<string>(4).fill('warning')],
  ])('in the target: %s', (_case, lines, levels) => {
    expect(levelsOf(target(...lines))).toEqual(levels);
  });

  test.each([
    ['reads all', ['GRANT SELECT, REPLICATION CLIENT ON *.* TO `alir`@`%`'], ['ok']],
    ['reads all of a MariaDB', ['GRANT SELECT, BINLOG MONITOR ON *.* TO `alir`@`%`'], ['ok']],
    ['sees no binlog', ['GRANT SELECT ON *.* TO `alir`@`%`'], ['problem']],
    ['reads nothing', ['GRANT REPLICATION CLIENT ON *.* TO `alir`@`%`'], ['problem']],
  ])('in the source: %s', (_case, lines, levels) => {
    expect(levelsOf(judgeSourcePrivileges(parseGrants(lines), 'alir', 'app_producer'))).toEqual(levels);
  });
});
