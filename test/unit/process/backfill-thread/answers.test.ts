import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { answer, resultOf } from '../../../../src/process/backfill-thread/answers.ts';
import { AlirError } from '../../../../src/errors/alir-error.ts';

/** What comes out at the other side, after the copy that threads make of messages. */
async function across<Result>(
  work: (input: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { port1, port2 } = new MessageChannel();
  try {
    return resultOf(structuredClone(await answer({ input: 7, aborting: port2 }, work)));
  } finally {
    port1.close();
  }
}

test('a result crosses', async () => {
  await expect(across((input) => Promise.resolve({ rows: input }))).resolves.toEqual({ rows: 7 });
});

test('an error of ours keeps its code, its sentences, and for the log its cause', async () => {
  const cause = new Error('lost connection');
  const error = new AlirError('MYSQL_UNAVAILABLE', 'MySQL is away.', { cause, remedy: 'Start it.' });
  const thrown = await across(() => Promise.reject(error)).catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(AlirError);
  expect(thrown).toMatchObject({
    code: 'MYSQL_UNAVAILABLE',
    message: 'MySQL is away.',
    remedy: 'Start it.',
    cause: { message: expect.stringContaining('lost connection') as string },
  });
});

test('another error stays one that nobody has foreseen', async () => {
  const thrown = await across(() => Promise.reject(new TypeError('x is not a function'))).catch(
    (caught: unknown) => caught,
  );
  expect(thrown).not.toBeInstanceOf(AlirError);
  expect(thrown).toMatchObject({
    message: 'x is not a function',
    cause: { message: expect.stringContaining('TypeError') as string },
  });
});

test('a message on its port aborts a call', async () => {
  const { port1, port2 } = new MessageChannel();
  const untilAborted = (_: number, signal: AbortSignal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped')));
  const answering = answer({ input: 1, aborting: port2 }, untilAborted);
  port1.postMessage('abort');
  expect(resultOf(await answering)).toBe('stopped');
  port1.close();
});
