/**
 * What a dead letter may become. Every statement that changes a state names those that it may change, so that a letter
 * that was closed stays closed, whoever comes late.
 */
export const next = {
  /** Waits for people. */
  open: ['quarantined', 'discarded', 'loaded', 'ignored', 'superseded'],
  /** Redrives have failed too often: only one that asks for it takes the letter. A correction opens it again. */
  quarantined: ['open', 'discarded', 'loaded', 'ignored', 'superseded'],
  /** Somebody has given it up. */
  discarded: [],
  /** Its record is in the table, in its own version. */
  loaded: [],
  /** There is nothing to load: another table's, or the row was read from the source since. */
  ignored: [],
  /** The table has a newer version of the row. */
  superseded: [],
} as const satisfies Record<string, readonly string[]>;

export type LetterStatus = keyof typeof next;

export const letterStatuses = Object.keys(next) as LetterStatus[];

/** Those that somebody, or something, must still see to. */
export const openStatuses = letterStatuses.filter((status) => next[status].length > 0);

/** SQL: the letter can still be loaded. */
export const isUnclosed = `status IN (${list(openStatuses)})`;

/** SQL: nothing can become of the letter any more. */
export const isClosed = `status IN (${list(letterStatuses.filter((status) => next[status].length === 0))})`;

/** SQL: the letter may become so. */
export function mayBecome(status: LetterStatus): string {
  const from = letterStatuses.filter((each) => (next[each] as readonly string[]).includes(status));
  return `status IN (${list(from)})`;
}

/** Of the constants above only. */
function list(statuses: readonly LetterStatus[]): string {
  return statuses.map((status) => `'${status}'`).join(', ');
}
