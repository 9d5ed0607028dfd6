import { onTestFinished, expect, test } from 'vitest';
import type { BatchCounts } from '../../../src/pipelines/counts.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { startMaxwellWithGtids, turnGtidsOn } from '../../support/gtids.ts';
import { lastJson, runCli } from '../../support/run-cli.ts';

/** The GTID of the last transaction so far, or one of those that come after it; other transactions go on beside ours. */
async function gtidNow(place: CdcPlace, after = 0): Promise<string> {
  const [row] = await place.inSource<{ gtids: string }>('SELECT @@global.gtid_executed AS gtids');
  const [server, numbers] = row!.gtids.split(':') as [string, string];
  return `${server}:${Number(numbers.split('-').at(-1)) + after}`;
}

test('Maxwell follows GTIDs: a range of transactions is planned, run again, and the end is kept', async () => {
  const place = await startCdcPlace();
  onTestFinished(() => place.close());
  await place.stack.stop('maxwell');
  await turnGtidsOn(place);
  await startMaxwellWithGtids(place);
  const alir = await place.run();
  await place.inSource('CREATE TABLE told (id INT PRIMARY KEY, n INT)');
  await place.caughtUp();

  await place.inSource('INSERT INTO told VALUES (1, 1)');
  const from = await gtidNow(place, 1);
  await place.inSource(
    'INSERT INTO told VALUES (2, 2), (3, 3)',
    'INSERT INTO told VALUES (4, 4)',
    'UPDATE told SET n = 5 WHERE id = 1',
  );
  const to = await gtidNow(place);
  await place.inSource('INSERT INTO told VALUES (5, 5)');
  await place.caughtUp();
  expect(await place.differences()).toEqual([]);

  const backfill = async (...args: readonly string[]) => {
    const result = await runCli(['backfill', ...args, '--json'], { environment: place.environment });
    expect(result.code, result.stderr).toBe(0);
    return lastJson(result);
  };
  const range = [
    '--pipeline',
    'cdc',
    '--table',
    'told',
    '--from-position',
    from,
    '--to-position',
    to,
  ] as const;
  await place.inReplica('UPDATE told SET n = NULL');
  // The two rows of the first transaction, and one of each of the two that follow.
  expect(await backfill('plan', ...range)).toMatchObject({ via: 'kafka', rows: 4 });
  const { counts } = (await backfill('run', ...range, '--wait')) as { counts: BatchCounts };
  expect(counts).toMatchObject({ rows: 4, updated: 4 });
  expect(await place.inReplica('SELECT id, n FROM told ORDER BY id')).toMatchObject([
    { id: 1, n: 5 },
    { id: 2, n: 2 },
    { id: 3, n: 3 },
    { id: 4, n: 4 },
    { id: 5, n: null },
  ]);
  const beyond = await runCli(
    [
      'backfill',
      'plan',
      '--pipeline',
      'cdc',
      '--table',
      'told',
      '--from-position',
      await gtidNow(place, 100_000),
    ],
    { environment: place.environment },
  );
  expect(beyond.code).toBe(2);
  expect(beyond.stderr).toContain("is beyond the end of the source's binlog");
  const doctor = lastJson(await runCli(['doctor', '--json'], { environment: place.environment })) as {
    checks: { area: string; name: string; level: string }[];
  };
  expect(doctor.checks).toContainEqual(
    expect.objectContaining({ area: 'Maxwell', name: 'position', level: 'ok' }),
  );
  expect(await alir.end()).toBe(0);
});
