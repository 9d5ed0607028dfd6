import { expect, onTestFinished, test } from 'vitest';
import { runsInUse } from '../../src/process/prune-audit-trail.ts';
import { pruneBatches } from '../../src/metadata/history/prune-batches.ts';
import { rollUp } from '../../src/metadata/history/roll-up.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { ownPlace } from '../support/own-place.ts';

test('a batch whose workflow runs keeps its row, as old as it may be, and so does a page of an open backfill', async () => {
  const { database, config } = await ownPlace();
  const client = await connectTemporal(config);
  onTestFinished(() => client.connection.close());
  const workflowId = 'orders/raw_orders/1/0/0';
  const handle = await client.workflow.start('processBatch', {
    ...{ workflowId, taskQueue: 'nobody-polls-this', args: [] },
  });
  const isListed = (status: string) =>
    expect
      .poll(
        async () =>
          (
            await client.workflow.count(
              `WorkflowId = '${workflowId}' AND RunId = '${handle.firstExecutionRunId}' AND ExecutionStatus = '${status}'`,
            )
          ).count,
        { timeout: 60_000 },
      )
      .toBe(1);
  await isListed('Running');
  const now = new Date();
  const backfill = { pipeline: 'orders', via: 'kafka', state: 'paused', plan: {}, workflowId: 'backfill' };
  await database.etlBackfill.create({ data: { id: 'b1', ...backfill, createdAt: now, updatedAt: now } });
  const old = new Date('2026-01-01');
  const batch = {
    pipeline: 'orders',
    topic: 'raw_orders',
    topicId: '',
    epoch: 1,
    partition: 0,
    rowCount: 10,
  };
  for (const [first, run, of] of [
    [0, 'r0', workflowId],
    [10, 'b1', 'backfill'],
    [20, 'r2', 'w2'],
    [30, 'r3', 'w3'],
  ] as const)
    await database.etlBatch.create({
      data: {
        ...{ ...batch, firstOffset: first, lastOffset: first + 9, run, workflowId: of },
        ...{ flag: of === 'backfill' ? 'replay' : 'live', startedAt: old, committedAt: old },
      },
    });
  await rollUp(database);
  const prune = () => pruneBatches(database, 7, () => runsInUse(client, database));
  const firsts = async () =>
    (await database.etlBatch.findMany()).map(({ firstOffset }) => Number(firstOffset));

  expect(await prune()).toBe(1);
  expect((await firsts()).sort((a, b) => a - b)).toEqual([0, 10, 30]);

  await handle.terminate();
  await isListed('Terminated');
  await database.etlBackfill.update({ where: { id: 'b1' }, data: { state: 'completed' } });
  expect(await prune()).toBe(2);
  expect(await firsts()).toEqual([30]);
});
