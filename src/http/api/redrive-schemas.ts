import { z } from 'zod';
import { counts, runProgress, runState, startedRun, time } from './schemas.ts';

export const redrivesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Maximum number of redrives'),
});

export type RedrivesQuery = z.output<typeof redrivesQuery>;

const letters = z.int().describe('How many letters matched when it was started');

export const startedRedrive = startedRun.extend({ letters });

export const nothingToRedrive = z.object({ letters: z.literal(0) });

const redrive = z.object({
  id: z.string(),
  state: runState,
  filter: z.looseObject({}).describe('Which letters were meant'),
  letters,
  counts: counts.nullable().describe('Number of letters by outcome; null until it has ended'),
  reason: z.string().nullable(),
  workflowId: z.string(),
  createdAt: time,
  finishedAt: time.nullable(),
  webUi: z.url(),
});

export const redrivesAnswer = z.object({ redrives: z.array(redrive) });

export const redriveAnswer = redrive.extend({ progress: runProgress });
