import type { Database } from '../../src/mysql/connection.ts';
import { listDeadLetters } from '../../src/metadata/dead-letters/read-letters.ts';

/**
 * The dead letters of a run, but for those that must be: keys that Maxwell cannot read, of which it cannot tell one row
 * from another. Their rows are read from the source.
 */
export async function unexpectedLetters(database: Database): Promise<string[]> {
  const letters = await listDeadLetters(database, { pipeline: 'cdc' }, 5_000);
  return letters
    .filter(({ topic, reason }) => !(topic.endsWith('.latin1_byte_keys') && reason.includes('U+FFFD')))
    .map(({ topic, code, reason }) => `${topic}: ${code}, ${reason}`);
}
