import { comparePositions, isSameBinlog } from '../maxwell/binlog-position.ts';
import type { DdlEvent } from './ddl-event.ts';
import { isAfter, type Capture } from '../schema/schema-history.ts';
import { clausesOfEvent } from './alter-clauses.ts';
import { isOftenMisread, reusesNames } from './column-order.ts';
import { effectOf, type Effect, type StoredTable } from './definition-effect.ts';
import type { TableName } from '../schema/table-name.ts';

/** A source table as it was at some moment. */
export interface StoredDefinition extends StoredTable {
  /** Binlog position by which it was read: changes up to it may or may not be in it. */
  readonly readBy: string | null;
  /** Columns that the replica was given since. */
  readonly added: readonly string[];
}

/** What is known of the last reading of a table. */
export interface LastReading {
  /** Binlog position up to which it covers every change of the table's definition; null: not noted. */
  readonly covers: string | null;
  /** When it began, or was asked for, milliseconds since 1970; null: never. */
  readonly sinceMs: number | null;
  /** Binlog position at which the replica's table was made; null: not noted. */
  readonly madePosition: string | null;
  readonly definition: StoredDefinition | null;
}

/** Of changes, the times of which Maxwell tells in whole seconds: one may be so much later. */
const secondMs = 1_000;

/** Of a table whose definition was not noted; what is dropped from then on is known. */
const nothingKnown: StoredTable = { columns: [], gone: [] };

/** What Maxwell told of tables' definitions, in the order of the binlog. */
export class DefinitionLog {
  /** By database and table; changes of a whole database under the database alone. */
  readonly #events = new Map<string, { readonly number: number; readonly event: DdlEvent }[]>();
  #count = 0;
  #captures: readonly Capture[] = [];

  /** How many changes it holds: another number means that there is news. */
  get count(): number {
    return this.#count;
  }

  /** Where Maxwell took all definitions anew last; null: nowhere. */
  get lastCapture(): Capture | null {
    return this.#captures.at(-1) ?? null;
  }

  /** Sets where Maxwell took all definitions anew, in the order of the binlog. */
  setCaptures(captures: readonly Capture[]): void {
    this.#captures = captures;
  }

  add(event: DdlEvent): void {
    this.#count += 1;
    const { database, table, old, def } = event;
    const names =
      table === null
        ? [keyOf({ database })]
        : [{ database, table }, ...[old, def].flatMap((schema) => schema ?? []), ...exchangedWith(event)].map(
            keyOf,
          );
    for (const name of new Set(names)) {
      const events = this.#events.get(name) ?? [];
      events.push({ number: this.#count, event });
      this.#events.set(name, events);
    }
  }

  /**
   * The newest change of a table that its last reading does not cover and that may have changed what its rows store.
   *
   * @param binlogEnd end of the source's binlog, "file:offset"; positions behind it are of another life of the binlog
   * @returns null when the replica has all that the source stores, but for what rows' own events bring
   */
  changeSince(name: TableName, reading: LastReading, binlogEnd: string | null): DdlEvent | null {
    let found: DdlEvent | null = null;
    let before: StoredTable = nothingKnown;
    let isKnown = false;
    const { definition } = reading;
    for (const event of this.#eventsOf(name)) {
      if (isCovered(event, reading, binlogEnd)) continue;
      if (isItsCreation(event, reading, binlogEnd)) continue;
      if (!isKnown && definition !== null && isBehind(event, definition)) {
        before = definition;
        isKnown = true;
      }
      if (event.type === 'database-create' || event.type === 'database-alter') continue;
      const effect: Effect = effectOf(event, before);
      if (effect.kind === 'changes') found = event;
      else before = effect.after;
    }
    return found;
  }

  /** Whether Maxwell told of any change of a table that its last reading does not cover. */
  hasChangeSince(
    name: TableName,
    reading: Omit<LastReading, 'definition'>,
    binlogEnd: string | null,
  ): boolean {
    return this.#eventsOf(name).some((event) => !isCovered(event, reading, binlogEnd));
  }

  /** Whether another table has taken a table's name since its last reading. */
  isReplacedSince(name: TableName, reading: LastReading, binlogEnd: string | null): boolean {
    return this.#eventsOf(name).some(
      (event) =>
        !isCovered(event, reading, binlogEnd) &&
        !isItsCreation(event, reading, binlogEnd) &&
        takesName(event, name),
    );
  }

  /** How many changes of a table it holds, and of all tables: another number means that there is news of it. */
  countOf(name: TableName): number {
    return this.#eventsOf(name).length + this.#captures.length;
  }

  /** Whether Maxwell was told to rename columns in a way that leaves them in the wrong order. */
  mayBeDisordered(name: TableName): boolean {
    return this.#believedOf(name).some(reusesNames);
  }

  /** Whether Maxwell was told of a change that it often misreads. */
  mayBeMisread(name: TableName): boolean {
    return this.#believedOf(name).some(isOftenMisread);
  }

  /** Those that Maxwell goes by. */
  #believedOf(name: TableName): readonly DdlEvent[] {
    const { lastCapture } = this;
    const events = this.#eventsOf(name);
    return lastCapture === null ? events : events.filter((event) => isAfter(event, lastCapture));
  }

  #eventsOf({ database, table }: TableName): readonly DdlEvent[] {
    const own = this.#events.get(keyOf({ database, table })) ?? [];
    const ofDatabase = this.#events.get(keyOf({ database })) ?? [];
    return [...own, ...ofDatabase].sort((a, b) => a.number - b.number).map(({ event }) => event);
  }
}

function keyOf({ database, table }: { readonly database: string; readonly table?: string }): string {
  return table === undefined ? database : `${database}\0${table}`; // no name holds a NUL
}

/** The table that exchanges a partition with the event's: no event of its own tells. */
function exchangedWith(event: DdlEvent): TableName[] {
  if (event.type !== 'table-alter') return [];
  return (clausesOfEvent(event) ?? []).flatMap((clause) =>
    clause.kind === 'unknown' && clause.table !== undefined
      ? [{ database: clause.table[0] ?? event.database, table: clause.table[1] }]
      : [],
  );
}

function isCovered(
  { position, timeMs }: DdlEvent,
  { covers, sinceMs }: Omit<LastReading, 'definition'>,
  binlogEnd: string | null,
): boolean {
  const areOfThisLife = !isOfAnotherLife(covers, binlogEnd) && !isOfAnotherLife(position, binlogEnd);
  if (areOfThisLife && arePositions(position, covers)) return comparePositions(position!, covers!) <= 0;
  return sinceMs !== null && timeMs + secondMs <= sinceMs;
}

/** The CREATE TABLE of the table that the replica was made of: nothing was there before it. */
function isItsCreation(
  { type, position }: DdlEvent,
  { madePosition }: LastReading,
  binlogEnd: string | null,
): boolean {
  if (type !== 'table-create' || !arePositions(position, madePosition)) return false;
  return !isOfAnotherLife(madePosition, binlogEnd) && comparePositions(position!, madePosition!) <= 0;
}

/** Whether an event came after a definition was read, so that it changed the very table that was seen. */
function isBehind({ position }: DdlEvent, { readBy }: StoredDefinition): boolean {
  return arePositions(position, readBy) && comparePositions(position!, readBy!) > 0;
}

function arePositions(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && isSameBinlog(one, other);
}

/** A binlog that ends before a position that was noted has been reset, or is another server's. */
export function isOfAnotherLife(position: string | null, binlogEnd: string | null): boolean {
  if (position === null || binlogEnd === null) return false;
  return !isSameBinlog(position, binlogEnd) || comparePositions(position, binlogEnd) > 0;
}

function takesName({ type, table, old, def }: DdlEvent, name: TableName): boolean {
  if (type === 'table-drop' || type === 'database-drop' || type === 'table-create') return true;
  if (type !== 'table-alter' || table === null) return false;
  return def?.table === name.table && def.database === name.database && old?.table !== name.table;
}
