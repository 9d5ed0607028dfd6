import { beginsWith, isWord, nameOf, partsOf, splitList, type Part } from '../ddl/tokens.ts';
import { fitsTopicName } from '../schema/topic-name.ts';
import { unreadablePartOf } from './unreadable-statement.ts';

/** An event of the binlog, as SHOW BINLOG EVENTS tells of it. */
export interface BinlogEvent {
  /** "file:offset" of its beginning. */
  readonly position: string;
  readonly type: string;
  readonly info: string;
}

/** What Maxwell does not get past. */
export interface MaxwellStop {
  /** "file:offset". */
  readonly position: string;
  /** What of it Maxwell does not know. */
  readonly part: string;
  /** The statement; null: the binlog holds its rows alone. */
  readonly statement: string | null;
  readonly database: string | null;
  /** "database.table" where rows tell. */
  readonly table: string | null;
}

/** Events of kinds that came after Maxwell 1.22: it hangs, or ends, at the first. */
const unknownEvents: ReadonlyMap<string, string> = new Map([
  ['Update_rows_partial', 'binlog_row_value_options = PARTIAL_JSON'],
  ['Transaction_payload', 'binlog_transaction_compression = ON'],
]);

/** What the finder must know beside the binlog. */
export interface Surroundings {
  /** The database whose rows become messages. */
  readonly source: string;
  /** Whether a name is that of a view today: Maxwell knows no views, so it ends where one is renamed. */
  isView(database: string, table: string): boolean;
}

/** Finds the first thing that Maxwell does not get past; give it the events one after the other. */
export class StopFinder {
  readonly #surroundings: Surroundings;
  #isInTransaction = false;
  #table: string | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  see({ position, type, info }: BinlogEvent): MaxwellStop | null {
    if (type === 'Xid') this.#isInTransaction = false;
    if (type === 'Query') return this.#seeQuery(position, info);
    if (type === 'Table_map') this.#table = /\((.+)\)$/.exec(info)?.[1] ?? null;
    const part = type === 'Table_map' ? this.#nameThatFails() : unknownEvents.get(type);
    if (part === undefined) return null;
    return { position, part, statement: null, database: databaseIn(this.#table), table: this.#table };
  }

  /** Rows of such a table end Maxwell when it makes their topic's name; its DDL does not. */
  #nameThatFails(): string | undefined {
    const own = `${this.#surroundings.source}.`;
    const isOwn = this.#table?.startsWith(own) === true;
    if (!isOwn || fitsTopicName(this.#table?.slice(own.length) ?? '')) return undefined;
    return 'a name that no topic can have';
  }

  #seeQuery(position: string, info: string): MaxwellStop | null {
    const { statement, database } = queryOf(info);
    if (/^(BEGIN|COMMIT|ROLLBACK)$/i.test(statement)) {
      this.#isInTransaction = /^BEGIN/i.test(statement);
      return null;
    }
    if (this.#isInTransaction) return null; // a statement among rows is passed over
    const part = unreadablePartOf(statement) ?? this.#viewRenamedIn(statement, database);
    if (part === null) return null;
    return { position, part, statement, database: databaseOf(statement, database), table: null };
  }

  #viewRenamedIn(statement: string, database: string | null): string | null {
    const isOfView = newNamesIn(statement).some(([schema, name]) =>
      this.#surroundings.isView(schema ?? database ?? '', name),
    );
    return isOfView ? 'RENAME of a view' : null;
  }
}

/** The statement of a Query event, and the database that was chosen. */
export function queryOf(info: string): { readonly statement: string; readonly database: string | null } {
  const [chosen = '', database] = /^use `((?:[^`]|``)+)`; /.exec(info) ?? [];
  const statement = info.slice(chosen.length).replace(/ \/\* xid=\d+ \*\/$/, '');
  return { statement, database: database?.replaceAll('``', '`') ?? null };
}

/** The database of the first table that a statement names with its database, else the one that was chosen. */
export function databaseOf(statement: string, chosen: string | null): string | null {
  const parts = partsOf(statement) ?? [];
  if (isWord(parts[1], 'DATABASE') || isWord(parts[1], 'SCHEMA'))
    return (
      nameOf(parts.slice(2).find((part) => !['IF', 'NOT', 'EXISTS'].some((word) => isWord(part, word)))) ??
      chosen
    );
  const dot = parts.findIndex((part) => part.kind === 'sign' && part.text === '.');
  return (dot > 0 ? nameOf(parts[dot - 1]) : null) ?? chosen;
}

type Name = readonly [database: string | null, table: string];

/** The new names of a RENAME TABLE, or of an ALTER TABLE … RENAME. */
function newNamesIn(statement: string): Name[] {
  const parts = partsOf(statement) ?? [];
  if (beginsWith(parts, 'RENAME', 'TABLE'))
    return splitList(parts.slice(2)).flatMap((item) => {
      const to = item.findIndex((part) => isWord(part, 'TO'));
      return to < 0 ? [] : nameAt(item, to + 1);
    });
  if (!beginsWith(parts, 'ALTER', 'TABLE')) return [];
  const at = parts.findIndex((part) => isWord(part, 'RENAME'));
  if (at < 0 || ['COLUMN', 'INDEX', 'KEY'].some((word) => isWord(parts[at + 1], word))) return [];
  return nameAt(parts, at + (isWord(parts[at + 1], 'TO') || isWord(parts[at + 1], 'AS') ? 2 : 1));
}

function nameAt(parts: readonly Part[], at: number): Name[] {
  const first = nameOf(parts[at]);
  if (first === null) return [];
  const dot = parts[at + 1];
  const second = dot?.kind === 'sign' && dot.text === '.' ? nameOf(parts[at + 2]) : null;
  return [second === null ? [null, first] : [first, second]];
}

function databaseIn(table: string | null): string | null {
  return table?.split('.')[0] ?? null;
}
