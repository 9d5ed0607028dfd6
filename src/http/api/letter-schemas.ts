import { z, type ZodType } from 'zod';
import { letterStatuses, type LetterStatus } from '../../metadata/dead-letters/states.ts';
import { actor, changeRequest, discardReason, listRequest } from '../../operations/dead-letters/request.ts';
import { time } from './schemas.ts';

/** A number in a query, which holds texts only. */
const inQuery = <T extends ZodType>(schema: T) =>
  z.preprocess((text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text), schema);

const { partition, offset, limit } = listRequest.shape;

export const lettersQuery = listRequest.extend({
  partition: inQuery(partition).optional(),
  offset: inQuery(offset).optional(),
  limit: inQuery(limit),
});

/** All callers share one token: only they can say who it was. */
const by = actor.describe('Who does it, for the history of the letter');

export const editRequest = z
  .strictObject({
    value: z.string().min(1).optional().describe('The whole value, as text: numbers in it stay exact'),
    set: z
      .record(z.string(), z.string())
      .optional()
      .describe('Members to set, by path (items.0.price): each value as JSON, or as a text'),
    by,
  })
  .refine(({ value, set }) => (value === undefined) !== (set === undefined), 'Give either value or set');

export const editAnswer = z.object({
  id: z.string(),
  edited: z.string().describe('The paths that were changed'),
  outcome: z.enum(['upsert', 'delete', 'ignored']).describe('What a redrive would make of it'),
});

export const discardRequest = changeRequest.extend({ reason: discardReason, by });

export const discardAnswer = z.object({ discarded: z.int().describe('How many were given up') });

export type EditRequest = z.output<typeof editRequest>;
export type DiscardRequest = z.output<typeof discardRequest>;

const status = z.enum(letterStatuses as [LetterStatus, ...LetterStatus[]]);

const about = {
  id: z.string(),
  pipeline: z.string(),
  topic: z.string(),
  epoch: z.int(),
  partition: z.int(),
  offset: z.int(),
  code: z.string().describe('Code of the error, as listed in docs/guide/errors.md'),
  reason: z.string().describe('What is wrong'),
  status,
  attempts: z.int().describe('How often it has failed'),
  createdAt: time,
};

export const lettersAnswer = z.object({
  groups: z
    .array(
      z.object({
        pipeline: z.string(),
        code: z.string(),
        field: z.string().nullable().describe('The field that is wrong; null: the record as a whole'),
        count: z.int(),
        newestId: z.string(),
        newestReason: z.string(),
      }),
    )
    .describe('All letters that match, counted; most first'),
  letters: z
    .array(z.object({ ...about, field: z.string().nullable(), editedAt: time.nullable() }))
    .describe('The newest of them, newest first'),
});

const bytes = z
  .object({
    base64: z.string().describe('The bytes, without loss'),
    text: z.string().nullable().describe('The same as a text; null where the bytes are not UTF-8'),
  })
  .nullable();

export const letterAnswer = z.object({
  ...about,
  origin: z.string(),
  reasons: z.array(z.looseObject({})).describe('Each field that is wrong'),
  run: z.string().describe('Workflow or run that found it'),
  isValueOmitted: z
    .boolean()
    .describe('The value is too large to be shown here, and null: above 8 MB the command line shows it'),
  recordTime: z.int().describe('Time of the record, milliseconds since 1970'),
  key: bytes,
  headers: z.array(z.looseObject({ name: z.string() })).describe('With base64 and text, as the value'),
  value: bytes.describe('The record as it came: numbers are exact in the text'),
  edit: z
    .object({ by: z.string(), at: time, value: bytes })
    .nullable()
    .describe('The correction that takes the place of the value; null: none'),
  redriveId: z.string().nullable(),
  closedBy: z.string().nullable(),
  closedAt: time.nullable(),
  note: z.string().nullable(),
  events: z
    .array(z.object({ kind: z.string(), actor: z.string(), note: z.string(), at: time }))
    .describe('What was done with it, oldest first'),
});
