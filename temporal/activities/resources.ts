import type { BatchCache } from '../../src/kafka/batch-cache.ts';
import type { Brokers } from '../../src/kafka/brokers.ts';
import type { TopicProducer } from '../../src/kafka/producer.ts';
import type { Database } from '../../src/mysql/connection.ts';
import type { Metrics } from '../../src/observability/metrics.ts';
import type { TransformedRecord } from '../../src/pipelines/packed-outcome.ts';
import type { ReplicaTables, TargetTable } from '../../src/pipelines/pipeline.ts';
import type { SourceRecord } from '../../src/pipelines/record.ts';
import type { ReplicaContext } from '../../src/replica/replica-context.ts';
import type { ReplicaUpdater } from '../../src/replica/replica-updater.ts';

/** What the activities of batches work with; the process, as composition root, supplies it. */
export interface BatchResources {
  readonly brokers: Brokers;
  readonly producer: TopicProducer;
  readonly database: Database;
  /** Raw records that the consumer of this process has read; empty where consumer and worker are apart. */
  readonly records: BatchCache<readonly SourceRecord[]>;
  readonly outcomes: BatchCache<CachedOutcomes>;
  readonly tables: ReplicaTables;
  /** Absent: nobody asks. */
  readonly metrics?: Pick<Metrics, 'observe'>;
}

/** A batch as it waits between the two activities: the target is the one that its outcomes were packed for. */
export interface TransformedBatch {
  readonly table: TargetTable;
  readonly rows: readonly TransformedRecord[];
}

/** Transformed rows and the stamp that they carry: another stamp makes other rows. */
export interface CachedOutcomes {
  readonly stamp: string;
  readonly batch: TransformedBatch;
}

/** What the activities of loads, backfills and verifications work with. */
export interface SourceResources extends ReplicaContext {
  readonly brokers: Brokers;
  readonly updater: ReplicaUpdater;
}
