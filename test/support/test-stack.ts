import { inject } from 'vitest';
import type { StackDescription } from '../../src/config/running-stack.ts';

/** The stack of this test file's lane: no other file uses it at the same time. */
export function testStack(): StackDescription {
  const stack = inject('stacks')[Number(process.env['VITEST_POOL_ID']) - 1];
  if (!stack) throw new Error(`no stack was started for lane ${process.env['VITEST_POOL_ID']}`);
  return stack;
}
