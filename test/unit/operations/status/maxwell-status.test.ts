import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { PositionFacts } from '../../../../src/operations/doctor/maxwell-reader.ts';
import { maxwellLagGauges, watchMaxwell } from '../../../../src/process/metrics/maxwell-lag.ts';
import { judgeMaxwellStatus, type MaxwellStatus } from '../../../../src/operations/status/maxwell-status.ts';
import { findStandstills } from '../../../../src/operations/status/standstills.ts';
import type { PipelineStatus } from '../../../../src/operations/status/pipeline-status.ts';
import type { TableStatus } from '../../../../src/operations/status/table-status.ts';
import { Metrics } from '../../../../src/observability/metrics.ts';
import { loadConfig } from '../../../../src/config/load-config.ts';

const now = 1_800_000_000_000;
const own = { serverId: 1, client: 'maxwell', file: 'binlog.000007', offset: 4711, heartbeatRead: now };
const read = (secondsAgo: number) => [{ ...own, heartbeatRead: now - secondsAgo * 1000 }];

function judge(changes: Partial<PositionFacts>): MaxwellStatus {
  const facts = { schema: 'maxwell', client: 'maxwell', serverId: 1, positions: [own], files: null };
  return judgeMaxwellStatus({ ...facts, heartbeatWritten: now, now, ...changes }, 'alir');
}

describe('how far Maxwell is', () => {
  test.each([
    ['a heartbeat of this moment', { positions: read(0) }, 'reading', 0, 0],
    ['one that is read late, as it should be', { positions: read(30) }, 'reading', 30, 0],
    ['none for 31 seconds', { positions: read(31) }, 'silent', 31, 31],
    ['none for a day, though it writes them', { positions: read(86_400) }, 'silent', 86_400, 86_400],
    ['a clock that is ahead', { positions: read(-5) }, 'reading', 0, 0],
    ['positions that may not be read', { positions: 'denied' }, 'unknown', null, null],
    ['no positions', { positions: null }, 'absent', null, null],
    ['none of this client', { positions: [{ ...own, client: 'other' }] }, 'unknown', null, null],
    ['none of this server', { positions: [{ ...own, serverId: 2 }] }, 'unknown', null, null],
    ['no heartbeat read yet', { positions: [{ ...own, heartbeatRead: null }] }, 'unknown', null, null],
  ] as const)('%s: %o', (_case, changes, state, ageSeconds, lagSeconds) => {
    const status = judge(changes);
    expect(status).toMatchObject({ client: 'maxwell', state, ageSeconds, lagSeconds });
    expect(status.problem === null).toBe(state === 'reading');
    expect(status.remedy === null).toBe(state === 'reading');
  });

  test('what may not be read is told with the privilege to give', () => {
    expect(judge({ positions: 'denied' }).remedy).toContain("GRANT SELECT ON `maxwell`.* TO 'alir'@");
  });

  test('between two readings what was known grows older, and what never was stays unknown', async () => {
    // Nothing passes between a reading and the answer: on a busy machine that may be more than the millisecond below.
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const lagOf = (status: MaxwellStatus) => watchMaxwell(loadConfig({}), () => Promise.resolve(status))();
    expect((await lagOf(judge({ positions: read(29.999) }))).seconds).toBe(0);
    expect((await lagOf(judge({ positions: read(40) }))).seconds).toBeGreaterThanOrEqual(40);
    expect(await lagOf(judge({ positions: 'denied' }))).toMatchObject({ seconds: null, isThere: true });
    expect(await lagOf(judge({ positions: null }))).toMatchObject({ seconds: null, isThere: false });
  });
});

test('the gauges show the lag, or that it is not known, to a process that replicates or has seen a Maxwell', async () => {
  const shown = async (seconds: number | null, isThere = true, replicates = true) => {
    const metrics = new Metrics();
    const lag = () => Promise.resolve({ client: 'maxwell', seconds, isThere });
    metrics.sample(maxwellLagGauges(lag, () => replicates));
    return (await metrics.text()).split('\n').filter((line) => /^alir_maxwell/.test(line));
  };
  const [lag, unknown] = ['alir_maxwell_lag_seconds', 'alir_maxwell_lag_unknown'].map(
    (name) => `${name}{client="maxwell"}`,
  );
  expect(await shown(95)).toEqual([`${lag} 95`, `${unknown} 0`]);
  expect(await shown(null)).toEqual([`${unknown} 1`]);
  expect(await shown(null, false, true)).toEqual([`${unknown} 1`]);
  expect(await shown(null, false, false)).toEqual([]);
});

describe('what stands still', () => {
  const table = { state: 'ready' } as TableStatus;
  const pipeline = (changes: Partial<PipelineStatus> = {}): PipelineStatus =>
    ({
      pipeline: 'cdc',
      group: 'g',
      consumers: 1,
      partitions: [{ lag: 0 }],
      tables: [table],
      ...changes,
    }) as never;
  const find = (
    status: PipelineStatus,
    maxwell: Partial<PositionFacts> = {},
    workers: string[] | null = ['1@x'],
  ) => findStandstills({ pipelines: [status], maxwell: judge(maxwell), workers }).map(({ what }) => what);
  const waits = { partitions: [{ lag: 2 }] } as unknown as PipelineStatus;

  test('nothing, where Maxwell reads and what waits is taken', () => {
    expect(find(pipeline(waits))).toEqual([]);
  });

  test('the replica, while Maxwell passes nothing or nobody can see whether it does', () => {
    expect(find(pipeline(), { positions: read(95) })[0]).toMatch(/at binlog\.000007:4711 .* last 95 s/);
    expect(find(pipeline(), { positions: 'denied' })[0]).toMatch(/may not read maxwell\.positions/);
  });

  test('nothing, where the source has no table for the replica', () => {
    expect(find(pipeline({ tables: [] }), { positions: null })).toEqual([]);
    expect(find(pipeline({ tables: [{ ...table, state: null }] }), { positions: null })).toEqual([]);
  });

  test('records that wait without a consumer, or without a worker', () => {
    expect(find(pipeline({ ...waits, consumers: 0 }))).toEqual([
      'No consumer is in the group g, and 2 records wait for it.',
    ]);
    expect(find(pipeline(waits), {}, [])).toEqual(['No worker asks Temporal for batches, and records wait.']);
    expect(find(pipeline({ consumers: 0 }), {}, [])).toEqual([]);
  });

  test('what a server that is away knows is not guessed', () => {
    expect(find(pipeline({ consumers: null, partitions: null }), {}, null)).toEqual([]);
  });
});
