import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { readHistory } from '../../../src/metadata/history/read-history.ts';
import { jumpsOf, unreadFilesOf } from '../../../src/metadata/position-jumps.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase());
});
afterAll(() => close());

interface Batch {
  readonly first: number;
  readonly last: number;
  readonly from: string;
  readonly to?: string;
  readonly at?: string;
  readonly flag?: string;
}

/** Writes batches of a topic, whose pipeline has its name. */
async function audit(topic: string, batches: readonly Batch[]): Promise<void> {
  for (const [index, { first, last, from, to = from, at = '2026-11-01', flag = 'live' }] of batches.entries())
    await database.$executeRawUnsafe(
      'INSERT INTO etl_batches (pipeline, topic, topic_id, epoch, `partition`, first_offset, last_offset, run, workflow_id, ' +
        "flag, first_position, last_position, started_at, committed_at) VALUES (?, ?, '', 1, 0, ?, ?, ?, 'w', ?, ?, ?, ?, ?)",
      ...[topic, topic, first, last, `run ${index}`, flag, from, to, at, at],
    );
}

async function jumps(topic: string): Promise<string[]> {
  return jumpsOf(await readHistory(database, topic)).map(({ from, to, offset }) => `${from} ${to} ${offset}`);
}

test('a binlog that goes on, batches without positions, ranges that are read twice, and replays are no jump', async () => {
  await audit('steady', [
    { first: 0, last: 4, from: 'binlog.000009:10', to: 'binlog.000009:99' },
    { first: 0, last: 4, from: 'binlog.000009:10', to: 'binlog.000009:99' },
    { first: 0, last: 2, from: 'binlog.000009:10', to: 'binlog.000009:50' },
    { first: 5, last: 6, from: 'binlog.000009:99', to: 'binlog.000010:4' },
    { first: 7, last: 7, from: 'binlog.999999:4' },
    { first: 8, last: 8, from: 'binlog.1000000:4' },
    { first: 5, last: 5, from: 'binlog.000001:1', flag: 'replay' },
  ]);
  expect(await jumps('steady')).toEqual([]);
});

test('a binlog that begins anew, or is another one, is a jump', async () => {
  await audit('reset', [
    { first: 0, last: 4, from: 'binlog.000009:10', to: 'binlog.000009:99' },
    { first: 5, last: 6, from: 'binlog.000001:400', to: 'binlog.000001:500' },
    { first: 7, last: 9, from: 'binlog.000001:500', to: 'mysql-bin.000001:4' },
  ]);
  expect(await jumps('reset')).toEqual([
    'binlog.000009:99 binlog.000001:400 5',
    'binlog.000001:500 mysql-bin.000001:4 7',
  ]);
});

test('what Maxwell sends twice is no jump once it has come back', async () => {
  await audit('twice', [
    { first: 0, last: 4, from: 'binlog.000009:10', to: 'binlog.000010:99' },
    { first: 5, last: 6, from: 'binlog.000009:50', to: 'binlog.000009:80' },
  ]);
  expect(await jumps('twice')).toHaveLength(1);
  await audit('twice', [{ first: 7, last: 9, from: 'binlog.000009:80', to: 'binlog.000010:99' }]);
  expect(await jumps('twice')).toEqual([]);
});

test('files without a change count when they may have been purged meanwhile', async () => {
  await audit('files', [
    { first: 0, last: 1, from: 'binlog.000001:4', at: '2026-11-01' },
    { first: 2, last: 3, from: 'binlog.000003:4', to: 'binlog.000009:4', at: '2026-11-02' },
    { first: 4, last: 5, from: 'binlog.000010:4', at: '2026-11-20' },
    { first: 6, last: 7, from: 'binlog.000012:4', at: '2026-11-28' },
  ]);
  const files = async (days: number) =>
    unreadFilesOf(await readHistory(database, 'files'), days * 86_400).map(({ from, to }) => `${from} ${to}`);
  expect(await files(9)).toEqual([]);
  expect(await files(7)).toEqual(['binlog.000010 binlog.000012']);
});
