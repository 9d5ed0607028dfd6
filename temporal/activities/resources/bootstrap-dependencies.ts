import { bootstrapChunk, type Bootstrapper } from '../../../src/backfill/maxwell/bootstrap-chunk.ts';
import type { BootstrapDependencies } from '../bootstrap.ts';
import { countMarks } from './bootstrap-marks.ts';
import type { LoadResources } from './load-dependencies.ts';
import { topicOffsets } from '../../client/topic-offsets.ts';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';

/** Connects the activity that asks Maxwell for rows to the source, Kafka and the bookkeeping. */
export function connectBootstraps(resources: LoadResources): BootstrapDependencies {
  const { brokers } = resources;
  const offsets = topicOffsets(brokers);
  const place: Bootstrapper = {
    ...resources,
    topic(table, from) {
      const topic = topicOf(table.database, table.table);
      return {
        marks: countMarks(brokers, table, from ?? []),
        ends: () => offsets.ends(topic),
        applied: () => offsets.applied(topic),
      };
    },
  };
  return { bootstrapChunk: (task, stop) => bootstrapChunk(place, task, stop) };
}
