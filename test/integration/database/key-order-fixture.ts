import { createConnection, type Connection } from 'mariadb';
import type { DdlEvent } from '../../../src/cdc/ddl/ddl-event.ts';
import { quoteName } from '../../../src/cdc/schema/quote.ts';
import { driverOptions, type Database } from '../../../src/mysql/connection.ts';
import { ReplicaUpdater } from '../../../src/replica/replica-updater.ts';
import type { SourceReader } from '../../../src/replica/source-table.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import { listTableStates } from '../../../src/metadata/table-states.ts';
import { ensureDatabase } from '../../../src/mysql/server-connection.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { dropDatabase, noMaxwell, testDatabase } from '../../support/mysql.ts';

/** A source and a replica on one server, and what reads the one into the other. */
export interface KeyPlace {
  readonly source: string;
  readonly olap: string;
  readonly database: Database;
  readonly connection: Connection;
  readonly reader: SourceReader;
  /** Does this once when rows are about to be read: after the columns were looked at. */
  beforeReading(work: () => Promise<unknown>): void;
  /** Has this told of definitions, as Maxwell would. */
  tell(...events: readonly DdlEvent[]): void;
  /** Runs a statement in the source. */
  readonly run: <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Reads a table from its beginning, by chunks of so many rows. */
  load(table: string, chunkRows?: number): Promise<void>;
  /** Keys of the rows that source and replica do not share, values and all. */
  differing(table: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function keyPlace(): Promise<KeyPlace> {
  const { address, database, close } = await testDatabase({ poolSize: 2 });
  const source = address.database.replace('app_consumer', 'app_source');
  const olap = address.database.replace('app_consumer', 'app_olap');
  for (const name of [source, olap]) await ensureDatabase({ ...address, database: name });
  const connection = await createConnection(driverOptions({ ...address, database: source }));
  const told: DdlEvent[] = [];
  const place = {
    source: { ...address, database: source, maxwell: noMaxwell },
    target: address,
    replicaDatabase: olap,
    database,
    nextDdl: () => Promise.resolve(told.splice(0)),
    mostRowsReread: 1_000_000,
  };
  const updater = new ReplicaUpdater(place);
  let meanwhile: (() => Promise<unknown>) | null = null;
  const reader: SourceReader = {
    ...place,
    updater,
    async endOf() {
      const work = meanwhile;
      meanwhile = null;
      await work?.();
      return { end: 100, epoch: 1 };
    },
  };
  const run = <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    connection.query<Row[]>(sql, values);
  return {
    source,
    olap,
    database,
    connection,
    reader,
    run,
    beforeReading(work) {
      meanwhile = work;
    },
    tell: (...events) => void told.push(...events),
    async load(table, chunkRows) {
      await updater.update(source, table);
      const states = await listTableStates(database);
      const known = states.find((state) => state.table === table);
      if (known?.state !== 'loading')
        await requestLoad(database, { database: source, table }, { waitFor: null, askedBy: 'definition' });
      const load = (known?.loads ?? 0) + (known?.state === 'loading' ? 0 : 1);
      const what = { database: source, table, load, ...(chunkRows && { chunkRows }) };
      await loadRows(reader, what, new AbortController().signal);
    },
    async differing(table) {
      const rows = await run<{ k: string; n: string | null; m: string | null }>(
        `SELECT CONCAT_WS(' ', HEX(k), id) AS k, SUM(s) AS n, SUM(r) AS m FROM (` +
          `SELECT CAST(k AS BINARY) AS k, id, n, 1 AS s, 0 AS r FROM ${quoteName(table)} UNION ALL ` +
          `SELECT CAST(k AS BINARY), id, n, 0, 1 FROM ${olap}.${quoteName(table)}) b GROUP BY k, id, n HAVING SUM(s) <> 1 OR SUM(r) <> 1`,
      );
      return rows.map(({ k }) => k);
    },
    async close() {
      await connection.end();
      for (const name of [source, olap]) await dropDatabase({ ...address, database: name });
      await close();
    },
  };
}

/** The numbers 1 to `count` as a derived table `n` with a column `n`. */
export function numbers(count: number): string {
  const digits = [...Array(10).keys()].map((digit) => `SELECT ${digit} AS d`).join(' UNION ALL ');
  const of = ['a', 'b', 'c', 'e'].map((name) => `(${digits}) ${name}`).join(' JOIN ');
  return `(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM ${of} HAVING n <= ${count}) n`;
}
