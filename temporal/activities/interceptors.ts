import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { AlirError, messageOf } from '../../src/errors/alir-error.ts';
import type { Logger } from '../../src/observability/logger.ts';

/** Well under every heartbeat time-out of activity-options.ts. */
const heartbeatEveryMs = 2_000;

/** An attempt this high means that an outage lasts, or that attempts die without a word. */
const worryingAttempt = 25;

/**
 * The one gate around every activity: it heartbeats, logs, and turns what was thrown into a failure that carries a
 * code of the catalogue and one plain sentence. Causes and stacks stay in the log: they may quote a row, and a
 * history must not.
 */
export function activityGate(context: Context, logger: Logger): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const { activityType, attempt, workflowExecution } = context.info;
      const log = logger.child({ activity: activityType, workflow: workflowExecution?.workflowId, attempt });
      if (attempt >= worryingAttempt) log.warn('this activity has been tried many times');
      const heartbeat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
      const started = performance.now();
      try {
        const result = await next(input);
        log.debug({ ms: Math.round(performance.now() - started) }, 'activity done');
        return result;
      } catch (error) {
        if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) throw error;
        log.warn({ err: error }, 'activity failed');
        throw toFailure(error);
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}

/** The failure that Temporal records and the Web UI shows. */
export function toFailure(error: unknown): ApplicationFailure {
  const known =
    error instanceof AlirError
      ? error
      : new AlirError('UNEXPECTED', `Unexpected: ${nameOf(error)}.`, { cause: error });
  const failure = ApplicationFailure.create({
    message: `${known.message} ${known.remedy}`,
    type: known.code,
    nonRetryable: !known.entry.retryable,
  });
  failure.stack = '';
  return failure;
}

/** The class of an unknown error; its message may quote data. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : messageOf(typeof error);
}
