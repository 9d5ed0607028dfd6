import { AlirError } from '../../src/errors/alir-error.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import type { EtlActivities } from '../../temporal/contract.ts';
import { allInserted } from './temporal.ts';

/** Activities for one recorded history; replay never runs activities, so simple ones do. */
export interface Scenario {
  readonly name: string;
  readonly activities: () => EtlActivities;
}

const transformBatch = () => Promise.resolve({ rows: 500, good: 500, ignored: 0, bad: 0 });

/** One history for every path through `processBatch`. */
export const processBatchScenarios: readonly Scenario[] = [
  {
    name: 'all-good',
    activities: () => ({ transformBatch, upsertBatch: () => Promise.resolve(allInserted(500)) }),
  },
  {
    name: 'dead-letters',
    activities: () => ({
      transformBatch: () => Promise.resolve({ rows: 500, good: 497, ignored: 0, bad: 3 }),
      upsertBatch: () => Promise.resolve({ ...allInserted(497), rows: 500, deadLettered: 3 }),
    }),
  },
  {
    name: 'outage-retried',
    activities: () => {
      let attempts = 0;
      return {
        transformBatch,
        upsertBatch: () => {
          attempts += 1;
          if (attempts > 2) return Promise.resolve(allInserted(500));
          throw toFailure(new AlirError('MYSQL_UNAVAILABLE', 'MySQL does not answer at localhost:3306.'));
        },
      };
    },
  },
  {
    name: 'range-gone',
    activities: () => ({
      transformBatch: () => {
        throw toFailure(new AlirError('RANGE_GONE', 'Offsets 1000–1499 are no longer in Kafka.'));
      },
      upsertBatch: () => Promise.resolve(allInserted(0)),
    }),
  },
];
