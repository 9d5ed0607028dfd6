import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import { writeJson } from '../../cdc/json/write-json.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { largestEdit } from '../../metadata/dead-letters/edits.ts';
import type { Letter } from '../../metadata/dead-letters/read-letters.ts';
import { openStatuses, type LetterStatus } from '../../metadata/dead-letters/states.ts';
import { findTable } from '../../pipelines/cdc/cdc.ts';
import { findPipeline } from '../../pipelines/registry.ts';
import { changedPaths } from './changed-paths.ts';
import { judge, type Verdict } from './check-correction.ts';
import { setPath, type Setting } from './set-path.ts';

/** Why a letter is not corrected; without its id, so that many can be counted by it. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly remedy?: string;
}

export interface Correction {
  readonly kind: 'right';
  readonly id: bigint;
  readonly value: Buffer;
  readonly paths: string;
  /** What would become of the record. */
  readonly verdict: Exclude<Verdict, { readonly kind: 'dead' }>;
}

/** Makes the corrected value of a letter. */
export type MakeValue = (letter: Letter) => Buffer | Refusal;

/** The value that a further correction begins with. */
export function currentValue({ edit, record }: Letter): Buffer | null {
  return edit?.value ?? record.value;
}

/** Corrects a letter and has its pipeline judge it; nothing is kept yet. */
export async function correct(letter: Letter, make: MakeValue): Promise<Correction | Refusal> {
  const pipeline = findPipeline(letter.pipeline);
  if (!openStatuses.includes(letter.status)) return refusalOfClosed(letter.status);
  if (pipeline === undefined)
    return refused('LETTER_INVALID', `there is no pipeline ${letter.pipeline} any more to load it`, {
      remedy: 'Discard it: alir dead-letters discard ID --reason TEXT',
    });
  if (pipeline.kind === 'replica') return refusalOfReplica(letter);
  const value = make(letter);
  if ('kind' in value) return value;
  if (value.length > largestEdit) return refused('LETTER_INVALID', 'the correction is larger than 40 MB');
  const paths = changedPaths(currentValue(letter), value);
  if (paths === null) return refused('LETTER_INVALID', 'nothing was changed');
  const verdict = await judge(pipeline, letter, value);
  if (verdict.kind === 'dead')
    return refused('LETTER_INVALID', `still wrong: ${verdict.code}: ${verdict.reason}`);
  return { kind: 'right', id: letter.id, value, paths, verdict };
}

/** Sets members of the record, its other numbers as they were written. */
export function settingPaths(settings: readonly Setting[]): MakeValue {
  return (letter) => {
    const value = currentValue(letter);
    const decoded = value === null ? null : decodeJsonObject(value);
    if (!decoded?.ok)
      return refused('LETTER_INVALID', `its value has no paths${decoded ? `: ${decoded.reason}` : ''}`, {
        remedy: 'Give the whole value: alir dead-letters edit ID --from FILE',
      });
    for (const setting of settings) {
      const problem = setPath(decoded.value, setting);
      if (problem !== null) return refused('LETTER_INVALID', problem);
    }
    return Buffer.from(writeJson(decoded.value));
  };
}

/** The error of a refusal. */
export function errorOf(id: bigint | string, { code, reason, remedy }: Refusal): AlirError {
  const message = `The dead letter ${id} is not corrected: ${reason}.`;
  return new AlirError(code, message, remedy === undefined ? {} : { remedy });
}

const whatToDo: Readonly<Record<Exclude<LetterStatus, 'open' | 'quarantined'>, string>> = {
  loaded: 'Its record is in the table: send a new record that changes the row.',
  superseded: 'The table has a newer version of the row: send a new record that changes it.',
  ignored: 'There was nothing to load: send a new record.',
  discarded: 'Somebody has given it up: send the record again if it is needed after all.',
};

/** Why nothing can be done with a letter in this state. */
export function refusalOfClosed(status: LetterStatus): Refusal {
  const remedy = status === 'open' || status === 'quarantined' ? undefined : whatToDo[status];
  return refused('LETTER_CLOSED', `it is ${status}`, remedy === undefined ? {} : { remedy });
}

function refusalOfReplica({ record }: Letter): Refusal {
  const table = findTable(record.topic)?.table ?? 'TABLE';
  return refused('LETTER_INVALID', 'it repeats a row of its source', {
    remedy:
      "Correct the source's row, or read its key again: " +
      `alir backfill run --pipeline cdc --table ${table} --where-pk KEY`,
  });
}

function refused(code: ErrorCode, reason: string, more: { readonly remedy?: string } = {}): Refusal {
  return { kind: 'refused', code, reason, ...more };
}
