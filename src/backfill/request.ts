/**
 * What a request for a backfill may hold: the command line makes its flags of these fields, HTTP its properties and its
 * OpenAPI document.
 */
import { z } from 'zod';

const text = (description: string) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(500, 'is longer than 500 characters')
    .optional()
    .describe(description);
const offset = (description: string) =>
  z
    .int('must be a non-negative integer')
    .min(0, 'must be a non-negative integer')
    .optional()
    .describe(description);

/** Limit of rows per second. */
export const rowsPerSecond = z.int().min(1).max(2_147_483_647);

const selection = {
  pipeline: z.string().trim().min(1, 'is empty').max(100).describe('orders or cdc'),
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

/** What is to be planned. */
export const planRequest = z.strictObject(selection);

/** What is to be planned and started. */
export const runRequest = z.strictObject({
  ...selection,
  rewrite: z
    .boolean()
    .default(true)
    .describe('Also write rows again that already have the same version, where their values differ'),
  sink: z.enum(['table', 'topic', 'both']).default('table').describe('Where good rows go'),
  dryRun: z.boolean().default(false).describe('Show what would change; writes nothing'),
  maxRowsPerSecond: rowsPerSecond.optional().describe('Limit of rows per second'),
  allowDeletes: z
    .boolean()
    .default(false)
    .describe('With via source: allow deleting any number of rows that the source does not have'),
});

export type PlanRequest = z.output<typeof planRequest>;
export type RunRequest = z.output<typeof runRequest>;
