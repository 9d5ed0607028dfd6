import { z } from 'zod';

const text = (description: string) => z.string().min(1).max(500).optional().describe(description);
const offset = (description: string) => z.int().min(0).optional().describe(description);
const rate = z.int().min(1).max(2_147_483_647);

const selection = {
  pipeline: z.string().min(1).max(100).describe('orders or cdc'),
  table: text('One table of the source (cdc)'),
  partition: offset('One partition'),
  fromOffset: offset('First offset'),
  toOffset: offset('Last offset'),
  since: text('From this time on: 2026-11-24T08:00, 2026-11-24, or back from now: 90s, 15m, 2h, 3d'),
  until: text('Before this time'),
  zone: text('Time zone for since and until without an offset; default: the setting ALIR_TIME_ZONE'),
  fromPosition: text('First binlog position, file:offset'),
  toPosition: text('Last binlog position, file:offset'),
  wherePk: text('Keys: 42, 1000..2000, 1000.. or ..2000'),
  batches: z
    .enum(['failed', 'stale'])
    .optional()
    .describe('Run again the batches that had dead letters (failed) or stale records (stale)'),
  via: z
    .enum(['kafka', 'source', 'maxwell'])
    .optional()
    .describe('Where the rows come from; absent: Alir chooses'),
};

export const planRequest = z.strictObject(selection);

export const runRequest = z.strictObject({
  ...selection,
  rewrite: z
    .boolean()
    .default(true)
    .describe('Also write rows again that already have the same version, where their values differ'),
  sink: z.enum(['table', 'topic', 'both']).default('table').describe('Where good rows go'),
  dryRun: z.boolean().default(false).describe('Show what would change; writes nothing'),
  maxRowsPerSecond: rate.optional().describe('Limit of rows per second'),
  allowDeletes: z
    .boolean()
    .default(false)
    .describe('With via source: allow deleting any number of rows that the source does not have'),
});

export const rateRequest = z.strictObject({
  maxRowsPerSecond: rate.nullable().describe('Limit of rows per second; null: no limit'),
});

/** The body of a request that says everything in its path. */
export const noProperties = z.strictObject({});

export const listQuery = z.strictObject({
  open: z.stringbool().default(false).describe('Only those that have not ended'),
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Maximum number of backfills'),
});

export type PlanRequest = z.output<typeof planRequest>;
export type RunRequest = z.output<typeof runRequest>;
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
