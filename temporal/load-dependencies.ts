import type { Brokers } from '../src/kafka/brokers.ts';
import { describeTopics } from '../src/kafka/topics.ts';
import { createEpochStore } from '../src/database/epochs.ts';
import { loadChunk } from '../src/database/replica/load-chunk.ts';
import { hasMaxwellPassed } from '../src/database/replica/maxwell-position.ts';
import type { ReplicaPlace, SourceSchemas } from '../src/database/replica/replica-tables.ts';
import type { LoadDependencies } from './activities/load-table.ts';

export interface LoadResources extends ReplicaPlace {
  readonly brokers: Brokers;
  readonly schemas: SourceSchemas;
}

/** Connects the activities of `loadTable` to the source, Kafka and the replica. */
export function connectLoads(resources: LoadResources): LoadDependencies {
  const epochs = createEpochStore(resources.database);
  return {
    hasPassed: (position) => hasMaxwellPassed(resources.source, position),
    loadChunk: (input) =>
      loadChunk(
        {
          ...resources,
          async endOf(topic) {
            const [found] = await describeTopics(resources.brokers, [topic]);
            const current = await epochs.current(topic);
            // A topic that was made again and is not yet known as such begins the next epoch: its records are newer.
            const isNew = found?.exists === true && current !== null && current.topicId !== found.id;
            return {
              end: Math.max(0, ...(found?.partitions ?? []).map(({ high }) => high)),
              epoch: (current?.epoch ?? 1) + (isNew ? 1 : 0),
            };
          },
        },
        input,
      ),
  };
}
