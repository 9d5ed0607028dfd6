import { availableParallelism, totalmem } from 'node:os';

/**
 * How many files run side by side in a suite whose files start servers of their own. They wait more than they compute:
 * two of them fill two cores. Each needs some 3 GiB.
 */
export const lanes = availableParallelism() >= 2 && totalmem() >= 12 * 1024 ** 3 ? 2 : 1;
