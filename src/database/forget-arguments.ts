import { Debug } from '@prisma/client/runtime/client';
import { clearLogs } from '@prisma/debug';

/** How many notes Prisma keeps (`MAX_ARGS_HISTORY` of @prisma/debug 7.10), once for its adapter and once for its client. */
const notesKept = 100;
const note = Debug('alir');

/**
 * Lets go of the arguments of past queries. Prisma keeps those of its last hundred notes for reports of errors, whether
 * anybody asks for such a report or not: the rows of the last ten batches of 5,000, some 20 MB in each heap. The
 * adapter's notes can be deleted; the client has a copy of the same code of its own, and its notes only give way to newer
 * ones. Takes about a millisecond.
 */
export function forgetArguments(): void {
  clearLogs();
  for (let count = 0; count < notesKept; count += 1) note('');
}
