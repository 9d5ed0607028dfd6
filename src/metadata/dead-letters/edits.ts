import type { Transaction } from '../../mysql/connection.ts';
import { executeLarge } from '../../mysql/large-parameters.ts';
import { isUnclosed } from './states.ts';

/** As base64 a larger value would not fit into a parameter (max_allowed_packet, 64 MB). */
export const largestEdit = 40_000_000;

const longestNote = 1024;

const keep =
  'UPDATE etl_dead_letters SET edited_value = FROM_BASE64(?), edited_by = ?, edited_at = UTC_TIMESTAMP(6), ' +
  `status = 'open', updated_at = UTC_TIMESTAMP(6) WHERE id = ? AND ${isUnclosed}`;

export interface Edit {
  readonly id: bigint;
  readonly value: Buffer;
  /** Which paths were changed; never a value. */
  readonly paths: string;
}

/**
 * Keeps a correction beside the original; a quarantined letter is open again.
 *
 * @returns false: the letter was closed meanwhile, and nothing is kept
 */
export async function keepEdit(transaction: Transaction, edit: Edit, actor: string): Promise<boolean> {
  const base64 = edit.value.toString('base64');
  const kept = await executeLarge(transaction, keep, base64, actor, String(edit.id));
  if (kept === 0) return false;
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_dead_letter_events (letter_id, kind, actor, note, created_at) ' +
      "VALUES (?, 'edited', ?, ?, UTC_TIMESTAMP(6))",
    edit.id,
    actor,
    [...edit.paths].slice(0, longestNote).join(''),
  );
  return true;
}
