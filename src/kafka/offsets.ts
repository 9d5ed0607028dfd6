import { AlirError } from '../errors/alir-error.ts';

/**
 * An offset (or timestamp) as a number.
 *
 * @throws AlirError UNEXPECTED when it cannot be held exactly (2^53 and more)
 */
export function toOffset(value: string | bigint | number): number {
  const offset = Number(value);
  if (!Number.isSafeInteger(offset)) {
    throw new AlirError('UNEXPECTED', `The offset ${value} is not a whole number below 2^53.`);
  }
  return offset;
}

/** A signed 64-bit big-endian number at `position`. Throws like {@link toOffset}. */
export function readOffset(buffer: Buffer, position: number): number {
  const value = buffer.readInt32BE(position) * 4_294_967_296 + buffer.readUInt32BE(position + 4);
  return Number.isSafeInteger(value) ? value : toOffset(buffer.readBigInt64BE(position));
}
