import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judgeMaxwellGrants } from '../../../../src/operations/doctor/checks/maxwell-grants.ts';
import { judgeHealth } from '../../../../src/operations/doctor/checks/maxwell-health.ts';
import { judgePosition } from '../../../../src/operations/doctor/checks/maxwell-position.ts';
import type { PositionFacts } from '../../../../src/operations/doctor/maxwell-reader.ts';
import { judgeMaxwell } from '../../../../src/operations/doctor/checks/maxwell-settings.ts';
import { parseGrants } from '../../../../src/operations/doctor/grants.ts';
import { parseProperties } from '../../../../src/operations/doctor/properties.ts';
import { projectRoot } from '../../../../src/config/project-root.ts';
import { levelsOf } from './support.ts';

const now = 1_800_000_000_000;
const own = {
  serverId: 1,
  client: 'maxwell',
  file: 'binlog.000007',
  offset: 4711,
  heartbeatRead: now - 4_000,
};
const position = (changes: Partial<PositionFacts> = {}) =>
  judgePosition(
    {
      schema: 'maxwell',
      client: 'maxwell',
      serverId: 1,
      positions: [own],
      heartbeatWritten: now - 3_000,
      now,
      files: ['binlog.000006', 'binlog.000007'],
      ...changes,
    },
    { user: 'alir' },
  );

describe('the position of Maxwell', () => {
  test('at the end of the binlog', () => {
    expect(position()).toEqual([
      { level: 'ok', found: 'Client maxwell stands at binlog.000007:4711, 4 s behind the source.' },
    ]);
  });

  test.each([
    ['no table of positions', { positions: null }, ['problem'], 'no table maxwell.positions'],
    ['positions that may not be seen', { positions: 'denied' }, ['problem'], 'alir may not read maxwell.pos'],
    ['no position', { positions: [] }, ['problem'], 'No position of client maxwell'],
    ['that of another client', { positions: [{ ...own, client: 'x' }] }, ['problem'], 'only of client x'],
    ['that of another server', { positions: [{ ...own, serverId: 2 }] }, ['problem'], 'at server 2'],
    ['a file that was removed', { files: ['binlog.000008'] }, ['problem'], 'has removed that file'],
    ['files that may not be seen', { files: null }, ['ok', 'skipped'], 'behind'],
    ['no sign of life', { heartbeatWritten: now - 600_000 }, ['problem'], 'last sign of life 600 s ago'],
    [
      'alive and behind',
      { positions: [{ ...own, heartbeatRead: now - 7_200_000 }] },
      ['problem'],
      '7,200 s behind',
    ],
    ['just started', { positions: [{ ...own, heartbeatRead: null }] }, ['warning'], 'heartbeat yet'],
  ] as const)('%s', (_case, changes, levels, says) => {
    const findings = position(changes);
    expect(levelsOf(findings)).toEqual(levels);
    expect(findings[0]?.found).toContain(says);
  });
});

describe('the settings of Maxwell', () => {
  const ours = parseProperties(readFileSync(join(projectRoot, 'deploy/maxwell/config.properties'), 'utf8'));
  const databases = { source: 'app_producer', target: 'app_consumer' };
  const judge = (changes: Record<string, string>) =>
    judgeMaxwell(new Map([...ours, ...Object.entries(changes)]), databases);

  test('ours are safe', () => {
    expect(levelsOf(judge({}))).toEqual(['ok']);
  });

  test.each([
    ['problem', { ignore_producer_error: 'true' }],
    ['problem', { producer_partition_by: 'primary_key' }],
    ['ok', { producer_partition_by: 'database' }],
    ['problem', { 'kafka.acks': '1' }],
    ['problem', { 'kafka.retries': '0' }],
    ['problem', { 'kafka.enable.idempotence': 'false' }],
    ['problem', { kafka_topic: 'maxwell' }],
    ['problem', { producer: 'stdout' }],
    ['problem', { output_nulls: 'false' }],
    ['problem', { encrypt: 'data' }],
    ['warning', { output_binlog_position: 'false' }],
    ['warning', { output_primary_keys: 'false' }],
    ['warning', { output_ddl: 'false' }],
    ['warning', { bootstrapper: 'async' }],
    ['problem', { filter: 'exclude: *.*, include: other.*' }],
    ['problem', { filter: 'exclude: app_producer.*, exclude: app_consumer.*' }],
    ['ok', { filter: 'exclude: *.*, include: app_producer.orders' }],
    ['ok', { filter: 'exclude: app_producer.secrets, exclude: app_consumer.*' }],
    ['warning', { filter: 'include: *.*' }],
  ] as const)('%s: %o', (level, changes) => {
    expect(levelsOf(judge(changes))).toEqual([level]);
  });

  test("a file without them has Maxwell's lossy defaults", () => {
    const said = judgeMaxwell(new Map([['producer', 'kafka']]), { ...databases, target: null });
    expect(said.map(({ found }) => found)).toContain('ignore_producer_error is true by default.');
  });

  test('properties: comments, spaces, the last of a name', () => {
    const text = '# password=x\n! y=1\n a = 1 \r\nb:2\nfilter=exclude: *.*, include: db.*\na=3\n\nempty=\n';
    expect([...parseProperties(text)]).toEqual([
      ['a', '3'],
      ['b', '2'],
      ['filter', 'exclude: *.*, include: db.*'],
      ['empty', ''],
    ]);
  });
});

describe("Maxwell's user", () => {
  const global = 'GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `maxwell`@`%`';
  const state = 'GRANT ALL PRIVILEGES ON `maxwell`.* TO `maxwell`@`%`';
  const judge = (...accounts: string[][]) =>
    judgeMaxwellGrants('maxwell', accounts.map(parseGrants), { schema: 'maxwell', source: 'app_producer' });

  test.each([
    ['all that it needs', [[global, state]], 'ok'],
    ['enough from one of two hosts', [[global], [global, state]], 'ok'],
    ['no database for its state', [[global]], 'problem'],
    ['no right to the binlog', [['GRANT SELECT ON *.* TO `maxwell`@`%`', state]], 'problem'],
    ['something by a role', [[state, 'GRANT `cdc`@`%` TO `maxwell`@`%`']], 'warning'],
    ['no account', [], 'problem'],
  ] as const)('%s: %s', (_case, accounts, level) => {
    expect(judge(...(accounts as unknown as string[][])).level).toBe(level);
  });
});

describe('the diagnostic page', () => {
  const well = {
    success: true,
    checks: [{ name: 'binlog-connector', success: true, message: 'lag is 5ms' }],
  };
  const ill = { success: false, checks: [{ name: 'kafka-producer', success: false, message: 'timed out' }] };

  test.each([
    ['ok', { running: true, failure: null, answer: well }, 'lag is 5ms'],
    ['problem', { running: true, failure: null, answer: ill }, 'kafka-producer: timed out'],
    ['problem', { running: true, failure: 'fetch failed', answer: null }, 'fetch failed'],
    ['problem', { running: false, failure: null, answer: null }, 'is not running'],
    ['skipped', { running: true, failure: null, answer: null }, 'no diagnostic page'],
  ] as const)('%s: %o', (level, facts, says) => {
    const finding = judgeHealth(facts);
    expect(finding.level).toBe(level);
    expect(finding.found).toContain(says);
  });
});
