import { z } from 'zod';
import { rowsPerSecond } from '../../backfill/request.ts';

export const rateRequest = z.strictObject({
  maxRowsPerSecond: rowsPerSecond.nullable().describe('Limit of rows per second; null: no limit'),
});

/** The body of a request that says everything in its path. */
export const noProperties = z.strictObject({});

export const listQuery = z.strictObject({
  open: z.stringbool().default(false).describe('Only those that have not ended'),
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Maximum number of backfills'),
});

export type ListQuery = z.output<typeof listQuery>;

const time = z.iso.datetime();
const state = z.enum(['running', 'paused', 'completed', 'cancelled', 'failed']);
const counts = z.record(z.string(), z.int()).describe('Number of records by outcome');

export const planAnswer = z.looseObject({
  via: z.string(),
  why: z.string().describe('Why Alir chose this way'),
  ranges: z.array(z.looseObject({})).describe('Offsets to run again, with via kafka'),
  sources: z.array(z.string()).describe('Source tables, with via source'),
  targets: z.array(z.string()).describe('Tables that are written'),
  rows: z.int().describe('Offsets, or rows as the statistics of the source estimate them'),
  gaps: z.array(z.string()).describe('What is missing in the range'),
  expectedSeconds: z.number().nullable(),
});

export const startedAnswer = z.object({ id: z.string(), state, workflowId: z.string(), webUi: z.url() });

const backfill = z.object({
  id: z.string(),
  pipeline: z.string(),
  via: z.string(),
  state,
  reason: z.string().nullable(),
  counts: counts.nullable().describe('Null until it has ended'),
  offsets: z.int().describe('How many were planned'),
  createdAt: time,
  finishedAt: time.nullable(),
  workflowId: z.string(),
  webUi: z.url(),
});

export const listAnswer = z.object({ backfills: z.array(backfill) });

export const statusAnswer = backfill.extend({
  progress: z
    .object({
      state: z.string(),
      total: z.int(),
      done: z.int(),
      counts,
      maxRowsPerSecond: z.int().nullable(),
    })
    .nullable()
    .describe('Null when it has ended, and while no worker answers'),
});

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
