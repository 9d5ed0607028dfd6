import { hash } from 'node:crypto';
import type { KeyText } from '../pipelines/packed-outcome.ts';

/** How a fence is found: MD5 of the key's canonical bytes, in hexadecimal. */
export function hashOfKey(key: KeyText): string {
  return hash('md5', key);
}
