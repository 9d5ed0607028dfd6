import type { Config } from '../config/load-config.ts';
import { openDatabase, type Database } from '../mysql/connection.ts';

/**
 * How long a command waits for its first connection. That the server answers is known by then; on a busy machine the
 * loading of Alir's own modules alone takes seconds, in which no answer is heard.
 */
const acquireTimeoutMs = 30_000;

/** The target's database, for as long as a command takes. */
export function openCommandDatabase({ target }: Config, poolSize = 2): Database {
  return openDatabase(target, { poolSize, acquireTimeoutMs });
}
