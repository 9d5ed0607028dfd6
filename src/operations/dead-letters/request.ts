/**
 * What a request about dead letters may hold: the command line makes its flags of these fields, HTTP its properties and
 * its OpenAPI document.
 */
import { z } from 'zod';
import { letterStatuses, openStatuses, type LetterStatus } from '../../metadata/dead-letters/states.ts';

const text = (description: string, longest = 500) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(longest, `is longer than ${longest} characters`)
    .optional()
    .describe(description);
const whole = (description: string) =>
  z
    .int('must be a non-negative integer')
    .min(0, 'must be a non-negative integer')
    .optional()
    .describe(description);

const letterId = z.string().regex(/^\d{1,19}$/, 'is no id of a letter: ids are whole numbers');

const selection = {
  pipeline: text('Letters of one pipeline'),
  code: text('Letters of one error code, such as ORDER_INVALID'),
  field: text('Letters in which this field is wrong first, list indexes as *: items.*.price'),
  topic: text('Letters of one topic'),
  partition: whole('Letters of one partition'),
  offset: whole('The letter of one offset'),
  since: text('Found from this time on: 2026-11-24T08:00, 2026-11-24, or back from now: 90s, 15m, 2h, 3d'),
  until: text('Found before this time'),
};

/** Which letters are shown. */
export const listRequest = z.strictObject({
  ...selection,
  status: z
    .enum([...letterStatuses, 'all'])
    .optional()
    .describe('Letters in one state; default: those that are open or quarantined'),
  limit: z
    .int('must be from 1 to 10000')
    .min(1, 'must be from 1 to 10000')
    .max(10_000, 'must be from 1 to 10000')
    .default(50)
    .describe('How many letters to list; default: 50'),
});

const openStatus = z
  .enum(openStatuses as [LetterStatus, ...LetterStatus[]])
  .optional()
  .describe('Letters in one state; default: both');

/** Which letters are changed: those that are not closed. */
export const changeRequest = z.strictObject({
  ...selection,
  status: openStatus,
  ids: z.array(letterId).max(1_000, 'are more than 1000').optional().describe('These letters'),
});

/** Which letters are exported. */
export const exportRequest = listRequest.omit({ limit: true });

/** Who changes letters. */
export const actor = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(64, 'is longer than 64 characters')
  .describe('Who does it, for the history of the letter; default: the name of the user at the system');

/** Why letters are discarded. */
export const discardReason = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(255, 'is longer than 255 characters')
  .describe('Why, for the history of the letter');

export type ListRequest = z.output<typeof listRequest>;
export type ChangeRequest = z.output<typeof changeRequest>;
export type ExportRequest = z.output<typeof exportRequest>;
