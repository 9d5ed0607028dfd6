import { murmur2 } from '@platformatic/kafka';

/**
 * Where the Java client puts a key, so that other producers of the same topic agree with Alir.
 *
 * @returns a partition from 0 to `partitions` − 1
 */
export function partitionOf(key: string | Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
