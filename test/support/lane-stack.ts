import { inject } from 'vitest';
import type { StackDescription } from '../../src/config/running-stack.ts';

/** The stack of the lane in which this file runs: no other file uses it at the same time. */
export function laneStack(): StackDescription {
  const lane = Number(process.env['VITEST_POOL_ID']); // from 1 on; one for each file that runs side by side
  const stack = inject('stacks')[lane - 1];
  if (!stack) throw new Error(`lane ${lane} has no stack`);
  return stack;
}
