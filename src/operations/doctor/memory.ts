import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Trouble } from './check.ts';
import { gibibytes, mebibytes } from './sizes.ts';

/** What a process has, and may take (bytes). */
export interface Memory {
  readonly machine: number;
  /** What the container gives it; null: all of the machine. */
  readonly limit: number | null;
  /** What V8 lets its objects take before it gives up. */
  readonly heap: number;
}

/** 4 GB as engines call it: some of it is the kernel's. */
const machineNeeds = 3.5 * 2 ** 30;
/** What every process takes beside its heap: code, buffers, threads. A worker takes more, 180 MB at rest. */
const besideHeap = 128 * 2 ** 20;

export function readMemory(): Memory {
  const machine = totalmem();
  const limit = process.constrainedMemory();
  return {
    machine,
    // Without a limit the kernel answers with a number that no machine has.
    limit: limit > 0 && limit < machine ? limit : null,
    heap: getHeapStatistics().heap_size_limit,
  };
}

/** @param withServers whether Kafka, MySQL, Maxwell and Temporal share the machine */
export function troublesOf({ machine, limit, heap }: Memory, withServers: boolean): Trouble[] {
  const troubles: Trouble[] = [];
  if (withServers && machine < machineNeeds)
    troubles.push({
      found: `The machine has ${gibibytes(machine)} of memory, but all servers together use up to 4 GiB.`,
      means: 'The kernel kills one of them when memory runs out: exit code 137, and nothing in its log.',
      todo: 'Give it 4 GiB or more; in Docker Desktop: Settings, Resources, Memory.',
    });
  if (limit !== null && limit < heap + besideHeap)
    troubles.push({
      found: `This container may take ${mebibytes(limit)}, but Alir's heap alone may grow to ${mebibytes(heap)}.`,
      means: 'The kernel kills it under load: exit code 137, and nothing in its log.',
      todo: `Raise its mem_limit to ${mebibytes(heap + 2 * besideHeap)} or more.`,
    });
  return troubles;
}
