import { setTimeout as delay } from 'node:timers/promises';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import type { BootstrapTable } from './bootstrap-table.ts';
import type { BootstrapTopic } from './bootstrap-topic.ts';

/** One bootstrap that Maxwell has been asked for. */
export interface Bootstrap {
  readonly id: number;
  /** "database.table" */
  readonly name: string;
  readonly requests: Pick<BootstrapTable, 'find' | 'movement' | 'remove'>;
  readonly topic: BootstrapTopic;
}

/** How long Maxwell may show no sign of coming on, and the topic's reader likewise (milliseconds). */
export interface Patience {
  readonly maxwell: number;
  readonly reader: number;
}

export const usualPatience: Patience = { maxwell: 60_000, reader: 300_000 };

const lookEveryMs = 300;

/**
 * Waits until Maxwell has written all of a bootstrap into the topic. One that cannot end is taken back: Maxwell begins
 * a bootstrap again and again when it cannot read a row, and nothing comes behind it meanwhile.
 *
 * @throws AlirError BOOTSTRAP_FAILED, MAXWELL_UNAVAILABLE, MYSQL_*, KAFKA_*; the signal's reason
 */
export async function followBootstrap(
  { id, name, requests, topic }: Bootstrap,
  { maxwell: patience }: Patience,
  signal: AbortSignal,
): Promise<void> {
  const isPatient = patienceOf(patience);
  const fail = async (error: AlirError): Promise<never> => {
    await requests.remove(id);
    throw error;
  };
  for (;;) {
    const row = await requests.find(id);
    if (row === null)
      throw failed(`The bootstrap ${id} of ${name} was withdrawn: its row is gone from Maxwell's table.`);
    if (row.isComplete) break;
    signal.throwIfAborted();
    const { start } = await topic.marks();
    // What was begun while this one was completed is another one.
    if (start > 1 && !(await requests.find(id))?.isComplete)
      await fail(
        failed(
          `Maxwell has begun the bootstrap ${id} of ${name} ${plural(start, 'time')}: it cannot read one of the rows, ` +
            'or was restarted. Alir has withdrawn the bootstrap.',
        ),
      );
    if (!isPatient(`${await requests.movement()} ${row.isStarted}`))
      await fail(row.isStarted ? stuck(id, name, patience) : notBegun(id, name, patience));
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
  await untilWritten({ id, name, requests, topic }, patience, signal);
}

/** Maxwell's producer is ahead of what Kafka has taken: the last of a bootstrap is its mark. */
async function untilWritten({ id, name, topic }: Bootstrap, patience: number, signal: AbortSignal) {
  const isPatient = patienceOf(patience);
  for (;;) {
    const { start, complete, end } = await topic.marks();
    if (complete > 0) return;
    signal.throwIfAborted();
    if (!isPatient(String(end)))
      throw failed(
        start === 0
          ? `Maxwell calls the bootstrap ${id} of ${name} complete and has sent nothing: it does not know the table, ` +
              'its filter leaves the table out, or it writes to other topics.'
          : `Maxwell calls the bootstrap ${id} of ${name} complete, but its end has not arrived in the topic.`,
      );
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Waits until the live flow has applied what the topic holds now.
 *
 * @returns where its partitions ended
 * @throws AlirError BOOTSTRAP_FAILED, KAFKA_*; the signal's reason
 */
export async function untilApplied(
  { name, topic }: Pick<Bootstrap, 'name' | 'topic'>,
  { reader: patience }: Patience,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const isPatient = patienceOf(patience);
  const ends = await topic.ends();
  for (;;) {
    const applied = await topic.applied();
    if (ends.every((end, partition) => (applied[partition] ?? 0) >= end)) return ends;
    signal.throwIfAborted();
    if (!isPatient(applied.join(' ')))
      throw failed(
        `The rows of ${name} are in its topic, but for ${patience / 1000} s no worker has applied any of them.`,
        'Start alir run, or fix what makes the table wait (alir status); Alir then applies the rows.',
      );
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Tells whether something has moved in the last `ms`: give it what should. */
export function patienceOf(ms: number): (now: string) => boolean {
  let known: string | undefined;
  let since = Date.now();
  return (now) => {
    if (now !== known) {
      known = now;
      since = Date.now();
    }
    return Date.now() - since <= ms;
  };
}

/** In Maxwell 1.22 a row that it cannot read ends what does its bootstraps; the stream of changes goes on. */
const startAgain =
  'After Maxwell 1.22 has failed to read a row, it begins no bootstrap until you restart it.';

function notBegun(id: number, name: string, patience: number): AlirError {
  return new AlirError(
    'MAXWELL_UNAVAILABLE',
    `Maxwell has not begun the bootstrap ${id} of ${name} within ${patience / 1000} s: it is not running, has ` +
      `bootstrapper=none, or another client_id. Alir has withdrawn the bootstrap. ${startAgain}`,
  );
}

function stuck(id: number, name: string, patience: number): AlirError {
  return failed(
    `Maxwell has begun the bootstrap ${id} of ${name} and made no progress for ${patience / 1000} s: it cannot ` +
      `read one of the rows, or is no longer running. Alir has withdrawn the bootstrap. ${startAgain}`,
  );
}

function failed(message: string, remedy?: string): AlirError {
  return new AlirError('BOOTSTRAP_FAILED', message, remedy === undefined ? {} : { remedy });
}
