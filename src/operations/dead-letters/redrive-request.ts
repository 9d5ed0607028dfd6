import { z } from 'zod';
import { rowsPerSecond } from '../../backfill/request.ts';
import { changeRequest } from './request.ts';

/** Which letters are loaded again, and how. */
export const redriveRequest = changeRequest.omit({ status: true }).extend({
  includeQuarantined: z
    .boolean()
    .default(false)
    .describe('Also letters that have failed too often (ALIR_REDRIVE_ATTEMPTS)'),
  sink: z
    .enum(['table', 'both'])
    .default('both')
    .describe('Where good records go: the table, or the output topic too'),
  dryRun: z.boolean().default(false).describe('Show what would become of the letters; changes nothing'),
  maxRowsPerSecond: rowsPerSecond.optional().describe('Limit of letters per second'),
});

export type RedriveRequest = z.output<typeof redriveRequest>;
