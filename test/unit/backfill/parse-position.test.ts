import { expect, test } from 'vitest';
import {
  gtidNumber,
  isPosition,
  orderOf,
  positionProblem,
  serverOf,
} from '../../../src/backfill/parse-position.ts';
import type { SourceBinlog } from '../../../src/replica/binlog.ts';

const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const binlog: SourceBinlog = {
  files: [
    { name: 'binlog.000999', bytes: 500 },
    { name: 'binlog.001000', bytes: 900 },
    { name: 'binlog.001002', bytes: 300 },
  ],
  hasGtids: true,
  executed: `${uuid}:1-20:23-40,4e11fa47-71ca-11e1-9e33-c80aa9429562:1-3`,
  keptSeconds: null,
};

test('what a position is', () => {
  expect(
    ['binlog.000012:4', 'my.host-bin.1:0', `${uuid}:7`, `${uuid.toUpperCase()}:7`].every(isPosition),
  ).toBe(true);
  expect(['binlog:4', 'binlog.1', `${uuid}:1-7`, `${uuid}:0`, uuid, '0-1-42', ''].some(isPosition)).toBe(
    false,
  );
  expect(serverOf('my.host-bin.000012:4')).toBe('my.host-bin');
  expect(serverOf(`${uuid.toUpperCase()}:7`)).toBe(uuid);
});

test('numbers compare as numbers', () => {
  expect(orderOf('binlog.1000000:4', 'binlog.999999:9')).toBeGreaterThan(0);
  expect(orderOf(`${uuid}:10`, `${uuid}:9`)).toBeGreaterThan(0);
  expect(orderOf(`${uuid}:1-9`, `${uuid}:9`)).toBe(0);
  expect(gtidNumber(binlog.executed, uuid)).toBe(40);
});

test.each([
  ['binlog.001002:300', null],
  ['binlog.000999:500', null],
  ['binlog.999:4', null],
  ['binlog.000001:12345678', null],
  ['binlog.001002:301', "is beyond the end of the source's binlog, binlog.001002:300"],
  ['binlog.001003:4', "is beyond the end of the source's binlog, binlog.001002:300"],
  [
    'binlog.001001:4',
    'is a position of another server: the source has binlog.000999 to binlog.001002 without that file',
  ],
  ['binlog.001000:901', 'is a position of another server: the binlog.001000 of the source ends at 900'],
  [
    'mysql-bin.001000:4',
    'is a position of another server: the binlog of the source ends at binlog.001002:300',
  ],
  [`${uuid}:40`, null],
  [`${uuid}:41`, `is beyond the end of the source's binlog, ${uuid}:40`],
])('%s in binlog.000999, 1000 and 1002', (position, problem) => {
  expect(positionProblem(position, binlog)).toBe(problem);
});

test('GTIDs of somebody else, or of nobody', () => {
  const other = '5e11fa47-71ca-11e1-9e33-c80aa9429562:1';
  expect(positionProblem(other, binlog)).toContain('another server');
  expect(positionProblem(other, { ...binlog, hasGtids: false })).toContain('gtid_mode is not ON');
});
