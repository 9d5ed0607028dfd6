import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackFolder, type StackDescription } from '../../config/running-stack.ts';
import { parseProperties } from './properties.ts';

/** Maxwell's settings in a running stack; null where they cannot be read from here. */
export function readMaxwellSettings(stack: StackDescription | null): ReadonlyMap<string, string> | null {
  if (stack?.engine !== 'native') return null;
  try {
    return parseProperties(
      readFileSync(join(stackFolder(stack.name), 'maxwell', 'config.properties'), 'utf8'),
    );
  } catch {
    return null; // not there, or not ours to read: the check says that it was skipped
  }
}
