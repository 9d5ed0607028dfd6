import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identify, stillRuns, type ProcessIdentity } from './process-identity.ts';

/**
 * Takes a claim: a file that names the one process which may do something. A claim whose process has ended is taken
 * over. Returns null when it was taken, else the process that holds it (which may be this one, from before).
 */
export function takeClaim(file: string): ProcessIdentity | null {
  const mine = identify(process.pid) ?? { pid: process.pid, started: '' };
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(draft, file); // creates the whole file or fails, unlike opening and then writing
        return null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = claimHolder(file);
      if (holder) return holder;
      removeStale(file, draft);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a claim that nobody holds. Moved aside first: another process may have taken it over since the look. */
function removeStale(file: string, draft: string): void {
  const aside = `${draft}.stale`;
  try {
    renameSync(file, aside);
    if (claimHolder(aside)) linkSync(aside, file);
  } catch {
    // Another process removed it or took it: the next turn of the loop sees which.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The living process that holds a claim, or null. */
export function claimHolder(file: string): ProcessIdentity | null {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    if (holder.started === '') return null; // written where processes cannot be identified
    return stillRuns(holder) ? holder : null;
  } catch {
    return null;
  }
}

/** Gives a claim back, if it is still this process that holds it. */
export function releaseClaim(file: string): void {
  if (claimHolder(file)?.pid === process.pid) rmSync(file, { force: true });
}
