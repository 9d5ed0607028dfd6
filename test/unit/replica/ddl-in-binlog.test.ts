import { expect, test } from 'vitest';
import { changesDefinitions } from '../../../src/replica/ddl-in-binlog.ts';

test.each([
  'BEGIN',
  'use `shop`; TRUNCATE TABLE items',
  'use `shop`; /* a note */ ANALYZE TABLE items',
  "use `shop`; CREATE USER 'a'@'%' IDENTIFIED WITH mysql_native_password",
  'use `shop`; CREATE DEFINER=`root`@`%` TRIGGER t BEFORE INSERT ON items FOR EACH ROW SET @a = 1',
  'use `a;b``c`; DROP TEMPORARY TABLE IF EXISTS `t`',
])('%s changes no definition', (info) => {
  expect(changesDefinitions(info)).toBe(false);
});

test.each([
  'use `shop`; ALTER TABLE items ADD n INT',
  'use `shop`; # a note\nCREATE TABLE items (id INT)',
  'use `shop`; /*!50001 CREATE TABLE items (id INT) */',
  'use `shop`; DROP TABLE items',
  'RENAME TABLE a.b TO a.c',
  'use `shop`; SOMETHING that nobody knows',
])('%s may', (info) => {
  expect(changesDefinitions(info)).toBe(true);
});
