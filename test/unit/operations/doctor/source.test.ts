import { describe, expect, test } from 'vitest';
import type { ColumnSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { retentionSeconds, judgeSource } from '../../../../src/operations/doctor/checks/source-settings.ts';
import { judgeColumns, judgeKeys } from '../../../../src/operations/doctor/checks/source-tables.ts';
import { judgeMigrations, judgeTarget } from '../../../../src/operations/doctor/checks/target.ts';
import { levelsOf } from './support.ts';

const good = {
  log_bin: 'ON',
  binlog_format: 'ROW',
  binlog_row_image: 'FULL',
  binlog_row_value_options: '',
  binlog_expire_logs_seconds: '604800',
  expire_logs_days: '0',
  server_id: '1',
  time_zone: '+00:00',
  system_time_zone: 'WIB',
  max_allowed_packet: '67108864',
};
const batchBytes = 4_194_304;
const source = (changes: Record<string, string>) =>
  judgeSource(new Map(Object.entries({ ...good, ...changes })), batchBytes);

describe('the server that Maxwell reads', () => {
  test('as the stack sets it up', () => {
    expect(source({})).toEqual([
      {
        level: 'ok',
        found: 'The binlog is on, with whole rows, kept for 7 days; +00:00; server id 1.',
      },
    ]);
  });

  test.each([
    ['problem', { log_bin: 'OFF' }, 'log_bin is OFF'],
    ['problem', { binlog_format: 'STATEMENT' }, 'binlog_format is STATEMENT'],
    ['problem', { binlog_format: 'MIXED' }, 'binlog_format is MIXED'],
    ['problem', { binlog_row_image: 'MINIMAL' }, 'binlog_row_image is MINIMAL'],
    ['problem', { binlog_row_value_options: 'PARTIAL_JSON' }, 'binlog_row_value_options'],
    ['problem', { server_id: '0' }, 'server_id is 0'],
    ['problem', { time_zone: '+07:00' }, '+07:00'],
    ['problem', { time_zone: 'SYSTEM' }, 'The time zone is WIB'],
    ['problem', { binlog_expire_logs_seconds: '86399' }, 'kept for 24 hours'],
    ['problem', { binlog_expire_logs_seconds: '600' }, 'kept for 10 minutes'],
    ['warning', { max_allowed_packet: '1048576' }, 'max_allowed_packet is 1 MiB'],
  ] as const)('%s: %o', (level, changes, says) => {
    const findings = source(changes);
    expect(levelsOf(findings)).toEqual([level]);
    expect(findings[0]?.found).toContain(says);
  });

  test.each([
    [{ binlog_expire_logs_seconds: '86400' }, 86_400],
    [{ binlog_expire_logs_seconds: '0', expire_logs_days: '3' }, 259_200],
    [{ expire_logs_days: '7' }, 604_800],
    [{ binlog_expire_logs_seconds: '0', expire_logs_days: '0' }, Infinity],
  ])('retention of %o', (variables, seconds) => {
    expect(retentionSeconds(new Map(Object.entries(variables)))).toBe(seconds);
  });

  test.each(['+00:00', 'UTC', 'utc', 'Etc/UTC'])('the zone %s is UTC', (zone) => {
    expect(levelsOf(source({ time_zone: zone }))).toEqual(['ok']);
  });

  test('every fault of several is told', () => {
    expect(levelsOf(source({ log_bin: 'OFF', server_id: '0', binlog_row_image: 'NOBLOB' }))).toHaveLength(3);
  });
});

describe('tables of the source', () => {
  test('without a primary key: a warning that names them', () => {
    const findings = judgeKeys('app_producer', [
      { name: 'orders', hasPrimaryKey: true },
      { name: 'password_resets', hasPrimaryKey: false },
    ]);
    expect(findings).toMatchObject([{ level: 'warning', found: 'Without a primary key: password_resets.' }]);
  });

  test('all with one, or none at all', () => {
    expect(levelsOf(judgeKeys('app_producer', [{ name: 'orders', hasPrimaryKey: true }]))).toEqual(['ok']);
    expect(levelsOf(judgeKeys('app_producer', []))).toEqual(['problem']);
  });

  const column = (dataType: string, length: number | null = null): ColumnSchema & { table: string } => ({
    table: 'classes',
    name: 'value',
    dataType,
    columnType: dataType,
    isUnsigned: false,
    length,
    scale: null,
    precision: null,
    charset: null,
    collation: null,
    isNullable: true,
    defaultText: null,
    defaultIsExpression: false,
    isGenerated: false,
  });

  test.each([
    ['time', null, 'warning'],
    ['year', null, 'warning'],
    ['bit', 64, 'warning'],
    ['bit', 1, 'ok'],
    ['point', null, 'warning'],
    ['datetime', null, 'ok'],
    ['decimal', null, 'ok'],
  ] as const)('a column of the type %s(%s): %s', (dataType, length, level) => {
    expect(levelsOf(judgeColumns([column(dataType, length)]))).toEqual([level]);
  });

  test('what is lost is told in the words of the type', () => {
    const [finding] = judgeColumns([column('float')], () => ['One loss.', 'Another.']);
    expect(finding).toMatchObject({ found: 'classes.value is float.', means: 'One loss. Another.' });
  });

  test('rare losses are counted, and no warning', () => {
    const [finding] = judgeColumns([column('json'), column('bigint')]);
    expect(finding?.level).toBe('ok');
    expect(finding?.found).toMatch(/all 2 columns unchanged except for rare values of 1 \(/);
  });
});

describe('the target', () => {
  const settings = {
    sql_mode: 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES',
    time_zone: 'SYSTEM',
    system_time_zone: 'UTC',
    max_allowed_packet: '67108864',
    read_only: 'OFF',
  };
  const target = (changes: Record<string, string>) =>
    judgeTarget(new Map(Object.entries({ ...settings, ...changes })), batchBytes);

  test.each([
    ['ok', {}],
    ['warning', { sql_mode: 'NO_ENGINE_SUBSTITUTION' }],
    ['warning', { sql_mode: '' }],
    ['ok', { sql_mode: 'TRADITIONAL' }],
    ['warning', { time_zone: '+07:00' }],
    ['warning', { max_allowed_packet: String(batchBytes) }],
    ['problem', { max_allowed_packet: String(batchBytes - 1) }],
    ['problem', { read_only: 'ON' }],
  ] as const)('%s: %o', (level, changes) => {
    expect(levelsOf(target(changes))).toEqual([level]);
  });

  test('migrations: all, some missing, some of a newer Alir, no database', () => {
    expect(judgeMigrations('app_consumer', { pending: [], unknown: [] }).level).toBe('ok');
    expect(judgeMigrations('app_consumer', { pending: ['2026_init'], unknown: [] })).toMatchObject({
      level: 'problem',
      found: 'app_consumer lacks 2026_init.',
      todo: 'Run: alir migrate',
    });
    expect(judgeMigrations('app_consumer', { pending: [], unknown: ['2027_later'] })).toMatchObject({
      level: 'problem',
      found: 'app_consumer has 2027_later, which this Alir does not know.',
    });
    expect(judgeMigrations('app_consumer', null)).toMatchObject({
      level: 'problem',
      found: 'The database app_consumer does not exist.',
    });
  });
});
