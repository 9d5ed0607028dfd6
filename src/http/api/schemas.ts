import { z } from 'zod';
import { rowsPerSecond } from '../../backfill/request.ts';

export const rateRequest = z.strictObject({
  maxRowsPerSecond: rowsPerSecond.nullable().describe('Limit of rows per second; null: no limit'),
});

/** The body of a request that says everything in its path. */
export const noProperties = z.strictObject({});

export const time = z.iso.datetime();
export const runState = z.enum(['running', 'paused', 'completed', 'cancelled', 'failed']);
export const counts = z.record(z.string(), z.int()).describe('Number of records by outcome');

export const startedRun = z.object({
  id: z.string(),
  state: runState,
  workflowId: z.string(),
  webUi: z.url(),
});

export const runProgress = z
  .object({
    state: z.string(),
    total: z.int(),
    done: z.int(),
    counts,
    maxRowsPerSecond: z.int().nullable(),
  })
  .nullable()
  .describe('Null when it has ended, and while no worker answers');

export const orderAnswer = z.object({
  id: z.string(),
  asked: z.enum(['pause', 'resume', 'cancel', 'rate']),
});

export const problemAnswer = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('Code of the error, as listed in docs/guide/errors.md'),
  remedy: z.string().describe('What to do next'),
});
