import type { Brokers } from '../../../src/kafka/brokers.ts';
import { hasMaxwellPassed } from '../../../src/replica/maxwell-position.ts';
import type { ReplicaPlace, SourceSchemas } from '../../../src/replica/replica-tables.ts';
import type { SourceReader } from '../../../src/replica/source-table.ts';
import type { LoadDependencies } from '../load-table.ts';
import type { HeavyWork } from '../../worker/heavy-work.ts';
import { topicPositions } from '../../client/topic-position.ts';

export interface LoadResources extends ReplicaPlace {
  readonly brokers: Brokers;
  readonly schemas: SourceSchemas;
}

/** Connects the activities of `loadTable` and `refetchRows` to the source, Kafka and the replica. */
export function connectLoads(resources: LoadResources, heavy: HeavyWork): LoadDependencies {
  return {
    hasPassed: (position) => hasMaxwellPassed(resources.source, position),
    loadRows: heavy.loadRows,
    refetchRows: heavy.refetchRows,
  };
}

/** Reads rows of the source with their position in the order of the topic's records. */
export function sourceReader(resources: LoadResources): SourceReader {
  return { ...resources, endOf: topicPositions(resources.brokers, resources.database) };
}
