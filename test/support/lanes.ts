import { availableParallelism, totalmem } from 'node:os';

/**
 * How many files of a suite with servers run side by side, each on a stack of its own. They wait more than they
 * compute: two of them fill two cores. A stack and what a test starts beside it take some 3 GiB.
 */
export const lanes = availableParallelism() >= 2 && totalmem() >= 12 * 1024 ** 3 ? 2 : 1;
