import { isOfAnotherLife } from '../cdc/ddl/definition-log.ts';
import { comparePositions, isSameBinlog } from '../cdc/maxwell/binlog-position.ts';
import type { DdlEvent } from '../cdc/ddl/ddl-event.ts';
import type { Capture } from '../cdc/schema/schema-history.ts';
import { readRowEstimates } from '../mysql/schema/row-estimates.ts';
import { withConnection } from '../mysql/server-connection.ts';
import type { KnownDefinitions } from './known-definitions.ts';
import type { ReplicaContext } from './replica-context.ts';
import { askBinlogEnd } from './source-server.ts';
import type { TableName } from '../cdc/schema/table-name.ts';
import { markStale, requestRereading } from '../metadata/table-loads.ts';
import { listReadings, readingOf, type TableReading } from '../metadata/table-states.ts';
import { plural } from '../errors/sentences.ts';

/**
 * Has tables read again whose definitions have changed in a way that may have changed what their rows store.
 *
 * What is owed follows from Maxwell's definitions and from what the last reading covers, both of which last: asking
 * again, or in another process, or after a restart, changes nothing. (docs/decisions/2026-11-30-definitions-are-judged.md)
 */
export class Rereadings {
  readonly #place: ReplicaContext;
  readonly #definitions: KnownDefinitions;
  /** By table: what was worked out, and of which news. */
  readonly #known = new Map<string, { readonly news: string; readonly change: DdlEvent | null }>();

  constructor(place: ReplicaContext, definitions: KnownDefinitions) {
    this.#place = place;
    this.#definitions = definitions;
  }

  /** Asks for what is owed by now, by what Maxwell has told. */
  async ask(): Promise<void> {
    const { database, source } = this.#place;
    await this.#definitions.read();
    // It tells whether the positions that were noted are of the binlog's present life.
    const position = await askBinlogEnd(source);
    for (const reading of await listReadings(database)) {
      if (reading.database !== source.database) continue;
      const capture = captureOwed(reading, this.#definitions.log.lastCapture, position);
      if (capture !== null) {
        if (!isAsked(reading, capture)) await this.#request(reading, reading, capture.why, position);
        continue;
      }
      const change = await this.#changeOf(reading, position);
      if (change !== null && !isAsked(reading, change))
        await this.#request(reading, reading, describe(change), position);
      else if (reading.isOwed && (reading.state === 'ready' || reading.state === 'dropped'))
        await this.#request(reading, reading, 'its columns changed while it was read', position);
    }
  }

  /** The change that a table is owed a reading for; worked out anew only when there is news of it. */
  async #changeOf(
    reading: TableName & Omit<TableReading, 'definition'>,
    binlogEnd: string | null,
  ): Promise<DdlEvent | null> {
    const { log } = this.#definitions;
    const { table, covers, sinceMs } = reading;
    const isReset = isOfAnotherLife(covers, binlogEnd);
    const news = `${log.count} ${covers} ${sinceMs} ${isReset}`;
    const known = this.#known.get(table);
    if (known?.news === news) return known.change;
    let change: DdlEvent | null = null;
    if (log.hasChangeSince(reading, reading, binlogEnd)) {
      const { definition } = await readingOf(this.#place.database, reading);
      change = log.changeSince(reading, { ...reading, definition }, binlogEnd);
    }
    this.#known.set(table, { news, change });
    return change;
  }

  /**
   * Asks for one table to be read again, or marks it as stale where it is too large for that.
   *
   * @param why what has changed, for people
   * @throws NotVisible where the end of the binlog may not be seen: what Maxwell must have passed before is not known
   */
  async request(table: TableName, why: string): Promise<void> {
    const { database, source } = this.#place;
    await this.#request(table, await readingOf(database, table), why, await askBinlogEnd(source));
  }

  async #request(
    table: TableName,
    { state }: Pick<TableReading, 'state'>,
    why: string,
    binlogEnd: string | null,
  ): Promise<void> {
    const { database, mostRowsReread } = this.#place;
    const rows = state === 'loading' ? 0 : await this.#rowsOf(table);
    const reason =
      `Rows may differ from the source: ${why}. It has about ${plural(rows, 'row')}; Alir reads tables of up to ${mostRowsReread} rows ` +
      `(ALIR_REREAD_MAX_ROWS) again by itself. Run: alir replica reload ${table.table}`;
    if (rows <= mostRowsReread || !(await markStale(database, table, reason)))
      await requestRereading(database, table, binlogEnd);
  }

  async #rowsOf({ database, table }: TableName): Promise<number> {
    const estimates = await withConnection({ ...this.#place.source, database: '' }, (connection) =>
      readRowEstimates(connection, database),
    );
    return estimates.find((estimate) => estimate.table === table)?.rows ?? 0;
  }
}

/**
 * Where Maxwell began anew behind all that a table's last reading covers: what changed in between, nobody tells.
 *
 * @returns null when the reading covers it, or it is not known what it covers
 */
function captureOwed(
  { covers }: Omit<TableReading, 'definition'>,
  capture: Capture | null,
  binlogEnd: string | null,
): (Pick<DdlEvent, 'position'> & { readonly why: string }) | null {
  if (capture === null || covers === null || isOfAnotherLife(covers, binlogEnd)) return null;
  const { position } = capture;
  if (!isSameBinlog(covers, position) || comparePositions(covers, position) >= 0) return null;
  return { position, why: `Maxwell restarted at ${position} and skipped changes` };
}

/** No load is asked for or in hand. */
function isAtRest(state: TableReading['state']): boolean {
  return state === 'ready' || state === 'dropped' || state === 'stale';
}

/** Whether a change needs nothing more to be asked. */
function isAsked(
  { state, isPending, isOwed, isStale, waitFor }: Omit<TableReading, 'definition'>,
  { position }: Pick<DdlEvent, 'position'>,
): boolean {
  if (isStale) return true;
  // Owed by a load in hand: it is asked for when that has ended.
  if (isOwed) return !isAtRest(state);
  if (!isPending) return false;
  // A first load waits for nothing; another one covers what comes before the position that it waits for.
  if (waitFor === null || position === null || !isSameBinlog(waitFor, position)) return true;
  return comparePositions(position, waitFor) <= 0;
}

const shownLength = 200;

/** A definition change in words. Texts in the statement are left out: they may hold anything. */
function describe({ type, sql, position }: DdlEvent): string {
  const statement = sql
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"/g, "'…'");
  const shown = statement.length > shownLength ? `${statement.slice(0, shownLength)}…` : statement || type;
  return position === null ? shown : `${shown} at ${position}`;
}
