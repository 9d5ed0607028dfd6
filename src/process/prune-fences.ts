/** Lets go of fences that nothing can need any more, docs/decisions/2026-11-25-fences-are-pruned.md. */
import type { Client } from '@temporalio/client';
import { listBackfills } from '../metadata/backfills.ts';
import type { Database } from '../mysql/connection.ts';
import { createEpochStore, type DatabaseEpochStore } from '../metadata/epochs.ts';
import { deleteFencesBelow, type TopicPosition } from '../apply/fences/delete-old-fences.ts';
import { oldestDeadLetters, olderOf } from '../apply/fences/fence-needs.ts';
import { listTableStates } from '../metadata/table-states.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { committedOffsets } from '../kafka/committed-offsets.ts';
import { describeTopics, type TopicDescription } from '../kafka/topics.ts';
import type { Logger } from '../observability/logger.ts';
import { cdc, topicOf } from '../pipelines/cdc/cdc.ts';
import { startRepeating } from './repeat.ts';
import { runningBatches } from './running-batches.ts';

const everyMs = 600_000;

export interface FencePruner {
  readonly brokers: Brokers;
  readonly client: Client;
  readonly database: Database;
  readonly replicaDatabase: string;
  readonly logger: Logger;
}

/** Prunes every ten minutes. Several processes may do so at the same time. */
export function startFencePruner(pruner: FencePruner): { stop(): Promise<void> } {
  const { logger } = pruner;
  const failed = 'cannot prune fences; they stay until the next attempt';
  return startRepeating({ everyMs, logger, failed }, async () => {
    const deleted = await pruneFences(pruner);
    if (deleted > 0) logger.info({ deleted }, 'pruned fences that nothing needs any longer');
  });
}

/**
 * Deletes the fences of the replica's tables that lie below everything that can still be applied: the log, what the
 * group has not committed, batches that run, and dead letters that are open. While a backfill of the replica is open,
 * and of a table that is being loaded or waits for it, none is deleted.
 *
 * @returns how many went
 * @throws AlirError KAFKA_*, MYSQL_*
 */
export async function pruneFences(pruner: Omit<FencePruner, 'logger'>): Promise<number> {
  const { brokers, client, database, replicaDatabase } = pruner;
  const seen = await listTableStates(database);
  const names = seen.map(({ database: source, table }) => topicOf(source, table));
  const floors = await logFloors(
    brokers,
    createEpochStore(database),
    names.length === 0 ? [] : await describeTopics(brokers, names),
  );
  // After the log was looked at: what begins later reads only what the log still holds.
  const backfills = await listBackfills(database, { open: true });
  if (backfills.some(({ pipeline }) => pipeline === cdc.name)) return 0;
  const running = await oldestRunningBatches(client);
  const letters = await oldestDeadLetters(database, cdc.name);
  const states = await listTableStates(database);
  const settled = states.filter(({ state }) => state === 'ready' || state === 'stale' || state === 'dropped');
  let deleted = 0;
  for (const { database: source, table } of settled) {
    const topic = topicOf(source, table);
    const readable = floors.get(topic);
    if (readable === undefined) continue;
    const floor = olderOf(olderOf(readable, running.get(topic)), letters.get(topic));
    const target = { database: replicaDatabase, name: table };
    deleted += await deleteFencesBelow(database, { table: target, pipeline: cdc.name, floor });
  }
  return deleted;
}

/** For each topic the oldest position that its log or its group can still bring; a topic in doubt is left out. */
async function logFloors(
  brokers: Brokers,
  epochs: DatabaseEpochStore,
  topics: readonly TopicDescription[],
): Promise<Map<string, TopicPosition>> {
  // With more partitions offsets do not order a table's changes, and no rule holds.
  const whole = topics.filter(({ partitions }) => partitions.length === 1);
  const committed = await committedOffsets(brokers, cdc.group, new Map(whole.map(({ name }) => [name, [0]])));
  const floors = new Map<string, TopicPosition>();
  for (const { name, id, partitions } of whole) {
    const current = await epochs.current(name);
    const position = committed.get(`${name}/0`);
    // The consumer has not come to this life of the topic yet.
    if (current?.topicId !== id || position?.metadata !== id) continue;
    const start = partitions[0]?.start ?? 0;
    floors.set(name, { epoch: current.epoch, offset: Math.min(start, position.offset) });
  }
  return floors;
}

/**
 * Batches of the replica that run, also those of an earlier life of their topic, by topic: the oldest. One that has
 * just begun may not be seen yet; it begins at the committed offset or above, which holds the floor down already.
 */
async function oldestRunningBatches(client: Client): Promise<Map<string, TopicPosition>> {
  const oldest = new Map<string, TopicPosition>();
  for await (const workflowId of runningBatches(client, cdc.name)) {
    const [, topic, epoch, , first] = workflowId.split('/');
    if (topic === undefined || first === undefined) continue;
    oldest.set(topic, olderOf({ epoch: Number(epoch), offset: Number(first) }, oldest.get(topic)));
  }
  return oldest;
}
