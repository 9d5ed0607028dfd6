import type { Brokers } from '../src/kafka/brokers.ts';
import { loadRows } from '../src/database/replica/load-rows.ts';
import { hasMaxwellPassed } from '../src/database/replica/maxwell-position.ts';
import type { ReplicaPlace, SourceSchemas } from '../src/database/replica/replica-tables.ts';
import { serveRefetches } from '../src/database/replica/serve-refetches.ts';
import type { SourceReader } from '../src/database/replica/source-table.ts';
import type { LoadDependencies } from './activities/load-table.ts';
import { topicPositions } from './topic-position.ts';

export interface LoadResources extends ReplicaPlace {
  readonly brokers: Brokers;
  readonly schemas: SourceSchemas;
}

/** Connects the activities of `loadTable` and `refetchRows` to the source, Kafka and the replica. */
export function connectLoads(resources: LoadResources): LoadDependencies {
  const reader = sourceReader(resources);
  return {
    hasPassed: (position) => hasMaxwellPassed(resources.source, position),
    loadRows: (input, signal) => loadRows(reader, input, signal),
    refetchRows: (input, signal) => serveRefetches(reader, input, signal),
  };
}

/** Reads rows of the source with their position in the order of the topic's records. */
export function sourceReader(resources: LoadResources): SourceReader {
  return { ...resources, endOf: topicPositions(resources.brokers, resources.database) };
}
