import { describe, expect, test } from 'vitest';
import { TemporalAway } from '../../../temporal/client/connection.ts';
import { whenServerAnswers } from '../../../src/operations/wait-for-server.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { AlirError } from '../../../src/errors/alir-error.ts';

const kafkaAway = new AlirError('KAFKA_UNAVAILABLE', 'Kafka does not answer.');
const awayErrors = [
  ['Kafka', kafkaAway],
  ['MySQL', new AlirError('MYSQL_UNAVAILABLE', 'MySQL does not answer.')],
  ['Temporal', new TemporalAway(loadConfig({}))],
] as const;
const othersErrors = [
  new AlirError('MYSQL_ACCESS_DENIED', 'No.'),
  new AlirError('SCHEMA_NOT_MIGRATED', 'Not yet.'),
  new AlirError('KAFKA_UNAVAILABLE', 'Its certificate is not trusted.', { remedy: 'Correct the CA file.' }),
  new AlirError('TEMPORAL_UNAVAILABLE', 'It has no such namespace.'),
  new Error('a fault of ours'),
];

/** Fails so often, then answers. */
function failing(times: number, error: Error = kafkaAway) {
  let calls = 0;
  return {
    attempt: () => (++calls <= times ? Promise.reject(error) : Promise.resolve(calls)),
    calls: () => calls,
  };
}

function waiting(signal: AbortSignal | null = new AbortController().signal) {
  const said: string[] = [];
  let waits = 0;
  const onWait = () => Promise.resolve((waits += 1));
  return {
    said,
    waits: () => waits,
    given: { say: (text: string) => said.push(text), signal, onWait, everyMs: 1 },
  };
}

describe('a server that is away', () => {
  test.each(awayErrors)('is waited for, and that is said once: %s', async (server, error) => {
    const { given, said, waits } = waiting();
    expect(await whenServerAnswers(given, failing(3, error).attempt)).toBe(4);
    expect(said).toEqual([
      expect.stringContaining(`Waiting for ${server}: ${error.message} `),
      'The server answers.',
    ]);
    expect(waits()).toBe(1);
  });

  test('one that answers at once is not spoken of', async () => {
    const { given, said } = waiting();
    expect(await whenServerAnswers(given, failing(0).attempt)).toBe(1);
    expect(said).toEqual([]);
  });

  test('one that nobody expects ends it', async () => {
    const { given, said } = waiting();
    const waitsFor = (code: string) => code !== 'KAFKA_UNAVAILABLE';
    await expect(whenServerAnswers({ ...given, waitsFor }, failing(1).attempt)).rejects.toBe(kafkaAway);
    expect(said).toEqual([]);
  });

  test('it is said again after a while', async () => {
    const { given, said } = waiting();
    await whenServerAnswers({ ...given, sayAgainMs: 0 }, failing(3).attempt);
    expect(said).toHaveLength(4);
  });

  test('nobody waits without a signal, or once it is aborted', async () => {
    const stopping = new AbortController();
    await expect(whenServerAnswers(waiting(null).given, failing(1).attempt)).rejects.toBe(kafkaAway);
    const { given } = waiting(stopping.signal);
    const endless = failing(Infinity);
    const ended = expect(whenServerAnswers(given, endless.attempt)).rejects.toBe(kafkaAway);
    await expect.poll(endless.calls).toBeGreaterThan(3);
    stopping.abort();
    await ended;
  });
});

test.each(othersErrors)('what waiting cannot mend ends it: $message', async (error) => {
  const { given, said } = waiting();
  await expect(whenServerAnswers(given, failing(1, error).attempt)).rejects.toBe(error);
  expect(said).toEqual([]);
});
