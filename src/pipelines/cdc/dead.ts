import type { Outcome } from '../pipeline.ts';
import { columnRejected, fieldRejected } from '../rejections.ts';

export type Dead = Extract<Outcome, { kind: 'dead' }>;

/** A record that is no message about a row of the table. */
export function invalid(reason: string): Dead {
  return { kind: 'dead', code: 'ENVELOPE_INVALID', reason };
}

/** The same for one field of it. */
export function invalidField(path: string, rule: string): Dead {
  return { kind: 'dead', ...fieldRejected('ENVELOPE_INVALID', path, rule) };
}

/** A row whose column breaks a rule. */
export function refused(column: string, rule: string): Dead {
  return { kind: 'dead', ...columnRejected(column, rule) };
}
