import { z } from 'zod';
import { counts, runProgress, runState, startedRun, time } from './schemas.ts';

export const listQuery = z.strictObject({
  open: z.stringbool().default(false).describe('Only those that have not ended'),
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Maximum number of backfills'),
});

export type ListQuery = z.output<typeof listQuery>;

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

export const startedAnswer = startedRun;

const backfill = z.object({
  id: z.string(),
  pipeline: z.string(),
  via: z.string(),
  state: runState,
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
  progress: runProgress,
});
