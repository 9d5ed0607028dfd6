/**
 * Whether a worker of a build runs, by a named lock of the target: the server lets go of it when the connection of its
 * holder ends, whatever ended that, and nothing is written.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import type { MysqlAddress } from '../config/load-config.ts';
import { asAlirError, openConnection } from '../mysql/server-connection.ts';

/** The server ends the connection of a holder that was silent for so long: its machine may be gone. */
const silentSeconds = 8;

/** Names of locks are the server's, not a database's, and have 64 characters at most. */
function lockName(database: string, build: string): string {
  return `alir_build_${createHash('sha1').update(`${database}/${build}`).digest('hex')}`;
}

/** One worker's wish to hold the lock of its build. Of many workers one holds it; when it ends, another one does. */
export class BuildLock {
  readonly #address: MysqlAddress;
  readonly #name: string;
  #connection: Connection | null = null;

  constructor(address: MysqlAddress, build: string) {
    this.#address = address;
    this.#name = lockName(address.database, build);
  }

  /**
   * Takes the lock if it is free. To be called every few seconds.
   *
   * @throws AlirError MYSQL_*
   */
  async keep(): Promise<void> {
    try {
      this.#connection ??= await this.#open();
      const { length } = await this.#connection.query<unknown[]>(
        'SELECT 1 FROM DUAL WHERE IS_USED_LOCK(?) = CONNECTION_ID()',
        [this.#name],
      );
      if (length === 0) await this.#connection.query('SELECT GET_LOCK(?, 0)', [this.#name]);
    } catch (error) {
      await this.release();
      throw asAlirError(error);
    }
  }

  async release(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    // Errors of a connection that is already gone have been reported by what used it.
    await connection?.end().catch(() => undefined);
  }

  async #open(): Promise<Connection> {
    const connection = await openConnection(this.#address);
    await connection.query(`SET SESSION wait_timeout = ${silentSeconds}`);
    return connection;
  }
}

/** Runs a query on the target's server. */
export type Ask = <Row>(sql: string, values: readonly unknown[]) => Promise<Row[]>;

/** Between the end of a holder and the next one that takes its lock. */
const handOverMs = 3_000;
const lookEveryMs = 500;

/**
 * Which of the builds have a worker that runs.
 *
 * @param waitMs for how long one without a worker is looked at again; 0: not at all
 * @throws what `ask` throws
 */
export async function buildsWithWorkers(
  ask: Ask,
  database: string,
  builds: readonly string[],
  waitMs = handOverMs,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let waited = 0; ; waited += lookEveryMs) {
    for (const build of builds.filter((id) => !found.has(id)))
      if (
        (await ask('SELECT 1 FROM DUAL WHERE IS_USED_LOCK(?) IS NOT NULL', [lockName(database, build)]))
          .length > 0
      )
        found.add(build);
    if (found.size === builds.length || waited >= waitMs) return found;
    await delay(lookEveryMs);
  }
}
