/**
 * The consumer of a pipeline: sessions in the group, one after the other, until it is stopped.
 *
 * A session knows the topics as they were at its start. Topics that do not exist are waited for and never created: a
 * typing error would then be a topic. When anything about the topics changes (a new one matches the pattern, say), or
 * kafkajs gives up, the session ends and the next one begins with what there is then.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors/alir-error.ts';
import { Session } from './session.ts';
import { findTopics, type SessionTopic } from './session-topics.ts';
import { limitsOf } from './limits.ts';
import type { GroupConsumer, GroupConsumerOptions } from './types.ts';

export type { GroupConsumer, GroupConsumerOptions } from './types.ts';

const lookForTopicsEveryMs = 2_000;
const longestPauseMs = 5_000;

/**
 * Starts consuming and returns at once; topics, brokers and the epoch store are waited for in the background.
 *
 * @returns the consumer; its `stop()` finishes or hands over batches in flight and leaves the group
 */
export function startGroupConsumer(given: GroupConsumerOptions): Promise<GroupConsumer> {
  const options = { ...given, limits: given.limits ?? limitsOf(given.config) };
  const { logger, pipeline, limits } = options;
  const stopping = new AbortController();
  let session: Session | null = null;
  let missing: readonly string[] = pipeline.topics;
  let told = '';
  let stopped: Promise<void> | null = null;

  const pause = (milliseconds: number): Promise<unknown> =>
    delay(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);

  async function look(): Promise<SessionTopic[]> {
    const topics = await findTopics(options.brokers, options.epochs, pipeline);
    missing = topics.missing;
    const awaited = topics.found.length === 0 && pipeline.topicPattern ? [String(pipeline.topicPattern)] : [];
    const waitingFor = [...missing, ...awaited].join();
    if (waitingFor !== '' && waitingFor !== told)
      logger.info(
        { topics: [...missing, ...awaited] },
        'waiting for topics that do not exist yet: a first message makes one, or alir migrate --topics',
      );
    told = waitingFor;
    return topics.found;
  }

  async function consume(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const found = await look();
        if (found.length === 0) {
          await pause(lookForTopicsEveryMs);
          continue;
        }
        if (stopping.signal.aborted) return;
        session = new Session(options, found);
        const startedAt = Date.now();
        const { why, topicsChanged } = await session.run();
        session = null;
        if (stopping.signal.aborted) return;
        failures = topicsChanged || Date.now() - startedAt > 60_000 ? 0 : failures + 1;
        logger.info({ why }, 'the session in the consumer group ended: starting another');
      } catch (error) {
        session = null;
        failures++;
        logger.warn({ reason: messageOf(error) }, 'cannot consume yet');
      }
      await pause(Math.min(100 * 2 ** failures, longestPauseMs));
    }
  }

  const running = consume();
  return Promise.resolve({
    stop: () =>
      (stopped ??= (async () => {
        stopping.abort();
        await session?.drain(limits.graceMs);
        await running;
      })()),
    state: () => session?.state() ?? [],
    missingTopics: () => missing,
  });
}
