import type { DdlEvent } from '../ddl/ddl-event.ts';
import type { TableSchema } from './table-schema.ts';

/** When a row was written, in the words of its message; null: the message does not say. */
export interface SchemaMoment {
  readonly schemaId: number | null;
  /** Binlog "file:offset". */
  readonly position: string | null;
}

/** Where Maxwell took the definitions of all tables anew: what it had told of them before holds no longer. */
export interface Capture {
  /** Its number of the schema from there on. */
  readonly schemaId: number;
  /** Binlog "file:offset"; what comes before it, and it had not read by then, it has never told. */
  readonly position: string;
}

/** What one change of a table tells of the schemas around it; null: nothing, or there was no table of that name. */
interface Change extends SchemaMoment {
  readonly before: TableSchema | null;
  readonly after: TableSchema | null;
}

/** The definitions that DDL messages gave of tables, to find the one under which a row was written. */
export class SchemaHistory {
  readonly #changes = new Map<string, Change[]>();
  #newestId = 0;
  #captures: readonly Capture[] = [];

  /** The greatest number of a schema that is known. */
  get newestId(): number {
    return Math.max(this.#newestId, this.#captures.at(-1)?.schemaId ?? 0);
  }

  /** Sets where Maxwell took all definitions anew, in the order of the binlog. */
  setCaptures(captures: readonly Capture[]): void {
    this.#captures = captures;
  }

  /** Adds a change. They must come in the order of the binlog, as a topic of one partition keeps them. */
  add(event: DdlEvent): void {
    const { database, table, schemaId, position, def, old } = event;
    this.#newestId = Math.max(this.#newestId, schemaId ?? 0);
    if (table === null) return;
    const spots = [{ database, table }, ...[old, def].flatMap((schema) => schema ?? [])];
    // A table that is renamed is a change of both names.
    for (const name of new Set(spots.map(nameOf))) {
      const before = old && nameOf(old) === name ? old : null;
      const after = def && nameOf(def) === name ? def : null;
      this.#changes.set(name, [...(this.#changes.get(name) ?? []), { schemaId, position, before, after }]);
    }
  }

  /**
   * The definition under which a row was written.
   *
   * @returns null when the table has not changed since, as far as is known: then it is as the source has it now
   */
  schemaAt(database: string, table: string, moment: SchemaMoment): TableSchema | null {
    const capture = this.#captures.findLast((each) => !isAfter(each, moment));
    const changes = this.#changesSince(capture, { database, table });
    const next = changes.findIndex((change) => isAfter(change, moment));
    const last = next === -1 ? changes.length : next;
    return changes[last - 1]?.after ?? changes[next]?.before ?? null;
  }

  /** What Maxwell took the table for after its last change; null: it told of none, or the table was gone then. */
  latest(database: string, table: string): TableSchema | null {
    return this.#changesSince(this.#captures.at(-1), { database, table }).at(-1)?.after ?? null;
  }

  #changesSince(
    capture: Capture | undefined,
    name: { readonly database: string; readonly table: string },
  ): readonly Change[] {
    const changes = this.#changes.get(nameOf(name)) ?? [];
    return capture === undefined ? changes : changes.filter((change) => isAfter(change, capture));
  }
}

function nameOf({ database, table }: { readonly database: string; readonly table: string }): string {
  return `${database}\0${table}`; // no name holds a NUL
}

/** Whether a change came after a row was written. A change has the number of the schema that it made. */
export function isAfter(change: SchemaMoment, row: SchemaMoment): boolean {
  if (change.schemaId !== null && row.schemaId !== null) return change.schemaId > row.schemaId;
  const [one, other] = [spotOf(change.position), spotOf(row.position)];
  if (one === null || other === null) return false;
  return one.file === other.file ? one.offset > other.offset : one.file > other.file;
}

function spotOf(position: string | null): { readonly file: number; readonly offset: number } | null {
  const [, file, offset] = /(\d+):(\d+)$/.exec(position ?? '') ?? [];
  return file === undefined ? null : { file: Number(file), offset: Number(offset) };
}
