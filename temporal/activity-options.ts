/** Every time-out and retry policy of Alir's activities, by the kind of work. Retrying is left to Temporal alone. */
import type { ActivityOptions } from '@temporalio/workflow';
import { nonRetryableCodes } from '../src/errors/catalogue.ts';

/** Outages are retried for ever; what cannot succeed by waiting is named by its code and is not. */
const retry: NonNullable<ActivityOptions['retry']> = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '5 seconds',
  nonRetryableErrorTypes: [...nonRetryableCodes],
};

/** A killed worker blocks its partition until its heartbeat is missed: at most ten seconds. */
const heartbeatTimeout = '10 seconds';

export const activityOptions = {
  /** Reads a range from Kafka or the cache and computes: no other system waits for it. */
  transform: { startToCloseTimeout: '3 minutes', heartbeatTimeout, retry },
  /** One database transaction and its publication. */
  upsert: { startToCloseTimeout: '10 minutes', heartbeatTimeout, retry },
  /** Reads a table from the source in chunks; its progress is in the database, so that a retry goes on from there. */
  snapshot: { startToCloseTimeout: '24 hours', heartbeatTimeout, retry },
} as const satisfies Record<string, ActivityOptions>;
