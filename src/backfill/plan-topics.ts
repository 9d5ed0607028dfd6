import { createEpochStore } from '../metadata/epochs.ts';
import { AlirError } from '../errors/alir-error.ts';
import { field, request, RequestError } from '../errors/request-error.ts';
import { describeTopics, listTopics } from '../kafka/topics.ts';
import { findTable, topicOf } from '../pipelines/cdc/cdc.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { PlanningContext } from './planning-context.ts';
import type { Selector } from './types.ts';
import type { KnownTopic } from './requested-offsets.ts';

/**
 * The topics of a selector that exist and hold something, with their epochs.
 *
 * @throws AlirError USAGE (no such partition), TOPIC_RECREATED, KAFKA_*
 */
export async function topicsOf(
  place: PlanningContext,
  pipeline: Pipeline,
  { table, partition }: Selector,
): Promise<KnownTopic[]> {
  const names = table === null ? await namesOf(place, pipeline) : [topicOf(place.source.database, table)];
  const described = names.length === 0 ? [] : await describeTopics(place.brokers, names);
  const existing = described.filter(({ exists }) => exists);
  const most = Math.max(0, ...existing.map(({ partitions }) => partitions.length));
  if (partition !== null && existing.length > 0 && partition >= most)
    throw new RequestError(
      request`${field('partition')} ${partition} does not exist: the last one is ${most - 1}.`,
    );
  const epochs = await createEpochStore(place.database).currentOf(existing.map(({ name }) => name));
  const known: KnownTopic[] = [];
  for (const { name, id, partitions } of existing) {
    if (partitions.every(({ start, end }) => start === end && end === 0)) continue;
    const current = epochs.get(name);
    if (current?.topicId !== id)
      throw new AlirError(
        'TOPIC_RECREATED',
        current === undefined
          ? `${name} has not been read yet: there is nothing to run again.`
          : `${name} was created again, and Alir has not read it since.`,
        { remedy: 'Start alir run, then plan again.' },
      );
    known.push({ name, id, epoch: current.epoch, partitions });
  }
  return known.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function namesOf(
  { brokers, source }: PlanningContext,
  { topics, topicPattern }: Pipeline,
): Promise<string[]> {
  if (topicPattern === undefined) return [...topics];
  // Maxwell's own tables come on topics of this kind.
  const matching = [...(await listTopics(brokers)).keys()].filter(
    (name) => topicPattern.test(name) && findTable(name)?.database === source.database,
  );
  return [...topics, ...matching];
}
