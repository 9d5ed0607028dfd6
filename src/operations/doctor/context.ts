import { setMaxListeners } from 'node:events';
import type { Config, MysqlAddress } from '../../config/load-config.ts';
import { readRunningStack, type StackDescription } from '../../config/running-stack.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { openKafkaReader, type KafkaReader } from './kafka-reader.ts';
import { openTemporalReader, type TemporalReader } from './temporal-reader.ts';

/** Asks a MySQL server. No database is chosen: one that does not exist must not keep the server from being looked at. */
export interface SqlReader {
  /** @throws AlirError MYSQL_*, SCHEMA_NOT_MIGRATED (no such table) */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** What checks look at. Everything behind it only reads, and connects when it is first asked. */
export interface DoctorContext {
  readonly config: Config;
  /** The running stack that the source belongs to; null: its servers were started by somebody else. */
  readonly stack: StackDescription | null;
  readonly kafka: KafkaReader;
  readonly target: SqlReader;
  readonly source: SqlReader;
  readonly temporal: TemporalReader;
  readonly readMaxwellLog: MaxwellLogReader;
}

/** Reads the end of Maxwell's log, oldest line first, where Alir started it; null: it cannot be read from here. */
export type MaxwellLogReader = (stack: StackDescription | null) => Promise<string[] | null>;

/** Makes the context of a configuration; `close()` also ends what still waits for an answer. */
export function openContext(
  config: Config,
  readMaxwellLog: MaxwellLogReader,
): { context: DoctorContext; close: () => Promise<void> } {
  const closing = new AbortController();
  // One for each query at work, which goes with it: Node would warn of a leak from the eleventh on.
  setMaxListeners(0, closing.signal);
  const kafka = openKafkaReader(config);
  const temporal = openTemporalReader(config);
  const context: DoctorContext = {
    config,
    stack: stackOf(config.source, readRunningStack(config.settings.ALIR_STACK)),
    kafka,
    target: sqlReader(config.target, closing.signal),
    source: sqlReader(config.source, closing.signal),
    temporal,
    readMaxwellLog,
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all([kafka.close(), temporal.close()]);
  };
  return { context, close };
}

/** A stack describes its own Maxwell: what it says counts only where its MySQL is the source. */
function stackOf(source: MysqlAddress, stack: StackDescription | null): StackDescription | null {
  return stack && stack.mysql.host === source.host && stack.mysql.port === source.port ? stack : null;
}

function sqlReader(address: MysqlAddress, closing: AbortSignal): SqlReader {
  return {
    query: <Row>(sql: string, values: readonly unknown[] = []) =>
      withConnection({ ...address, database: '' }, async (connection) => {
        const destroy = (): void => connection.destroy();
        if (closing.aborted) destroy();
        closing.addEventListener('abort', destroy, { once: true });
        try {
          return await connection.query<Row[]>(sql, [...values]);
        } finally {
          closing.removeEventListener('abort', destroy);
        }
      }),
  };
}
