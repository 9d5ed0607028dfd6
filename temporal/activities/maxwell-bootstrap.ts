import { Context } from '@temporalio/activity';
import { bootstrapChunk, type Bootstrapper } from '../../src/backfill/maxwell/bootstrap-chunk.ts';
import { countMarkers } from '../../src/backfill/maxwell/count-markers.ts';
import { topicOffsets } from '../../src/kafka/replica-offsets.ts';
import { topicOf } from '../../src/pipelines/cdc/cdc.ts';
import type { BootstrapActivities } from '../contract.ts';
import type { SourceResources } from './resources.ts';

/** The activity of `backfillTable` that has Maxwell send the next rows of a table, and waits until they are applied. */
export function createBootstrapActivities(resources: SourceResources): BootstrapActivities {
  const { brokers } = resources;
  const offsets = topicOffsets(brokers);
  const bootstrapper: Bootstrapper = {
    ...resources,
    topic(table, from) {
      const topic = topicOf(table.database, table.table);
      return {
        marks: countMarkers(brokers, table, from ?? []),
        ends: () => offsets.ends(topic),
        applied: () => offsets.applied(topic),
      };
    },
  };
  return {
    bootstrapChunk(task) {
      const context = Context.current();
      return bootstrapChunk(bootstrapper, task, {
        signal: context.cancellationSignal,
        // A worker that shuts down, or was thought dead, leaves the bootstrap to the next attempt.
        isForGood: () => context.cancellationDetails?.cancelRequested ?? false,
      });
    },
  };
}
