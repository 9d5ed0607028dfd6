import type { DdlEvent } from './ddl-event.ts';
import { readColumns, type ColumnDefinition } from './column-definition.ts';
import { beginsWith, isWord, nameOf, partsOf, splitList, type Part } from './tokens.ts';

/** What one clause of an ALTER TABLE does to the values that rows store. */
export type Clause =
  | { readonly kind: 'keeps' }
  | { readonly kind: 'add'; readonly column: string; readonly definition: ColumnDefinition }
  /** MODIFY, or CHANGE with the same name. */
  | { readonly kind: 'modify'; readonly column: string; readonly definition: ColumnDefinition }
  | { readonly kind: 'drop'; readonly column: string }
  /** RENAME COLUMN, or CHANGE with another name. */
  | { readonly kind: 'rename'; readonly column: string; readonly to: string }
  /** Anything else: it may change every value. `table`: another one whose rows it exchanges with these. */
  | { readonly kind: 'unknown'; readonly table?: readonly [database: string | null, table: string] };

const keeps: Clause = { kind: 'keeps' };

/** Heads of clauses that keep every value; a `?` stands for any name. */
const keepingHeads = [
  'ADD INDEX', 'ADD KEY', 'ADD UNIQUE', 'ADD FULLTEXT', 'ADD SPATIAL', 'ADD FOREIGN', 'ADD CHECK', 'ADD PARTITION',
  'ADD CONSTRAINT UNIQUE', 'ADD CONSTRAINT FOREIGN', 'ADD CONSTRAINT CHECK',
  'ADD CONSTRAINT ? UNIQUE', 'ADD CONSTRAINT ? FOREIGN', 'ADD CONSTRAINT ? CHECK',
  'DROP INDEX', 'DROP KEY', 'DROP FOREIGN', 'DROP CONSTRAINT', 'DROP CHECK',
  'RENAME INDEX', 'RENAME KEY', 'ALTER INDEX', 'ALTER CHECK', 'ALTER CONSTRAINT',
  'ALTER ? SET', 'ALTER ? DROP', 'ALTER COLUMN ? SET', 'ALTER COLUMN ? DROP',
  'COMMENT', 'AUTO_INCREMENT', 'ENGINE', 'ALGORITHM', 'LOCK', 'ENABLE KEYS', 'DISABLE KEYS', 'FORCE', 'ORDER BY',
  'ROW_FORMAT', 'KEY_BLOCK_SIZE', 'COMPRESSION', 'ENCRYPTION', 'CHECKSUM', 'DELAY_KEY_WRITE', 'MAX_ROWS', 'MIN_ROWS',
  'AVG_ROW_LENGTH', 'PACK_KEYS', 'STATS_PERSISTENT', 'STATS_AUTO_RECALC', 'STATS_SAMPLE_PAGES', 'WITH VALIDATION',
  'WITHOUT VALIDATION', 'DEFAULT CHARACTER', 'DEFAULT CHARSET', 'DEFAULT COLLATE', 'CHARACTER SET', 'CHARSET',
  'COLLATE', 'PARTITION BY', 'REMOVE PARTITIONING',
].map((head) => head.split(' ')); // prettier-ignore

/** Work on partitions that takes a list of them, commas and all, and keeps their rows. */
const partitionWork = ['REORGANIZE', 'COALESCE', 'REBUILD', 'ANALYZE', 'CHECK', 'OPTIMIZE', 'REPAIR'];

/** Engines that keep the rows of a table that becomes theirs. */
const keepingEngines = new Set(['INNODB', 'MYISAM', 'ARIA', 'ROCKSDB']);

/**
 * The clauses of an ALTER TABLE.
 *
 * @returns null when it is no ALTER TABLE, or one of a kind that drops rows (IGNORE)
 * @see https://dev.mysql.com/doc/refman/8.0/en/alter-table.html
 */
function clausesOf(parts: readonly Part[]): readonly Clause[] | null {
  let place = 1;
  if (!beginsWith(parts, 'ALTER')) return null;
  if (isWord(parts[place], 'ONLINE') || isWord(parts[place], 'OFFLINE')) place += 1;
  if (!isWord(parts[place], 'TABLE')) return null;
  place += 1;
  if (beginsWith(parts.slice(place), 'IF', 'EXISTS')) place += 2;
  place += afterName(parts, place);
  const rest = parts.slice(place);
  if (partitionWork.some((word) => beginsWith(rest, word, 'PARTITION'))) return [keeps];
  if (rest.length === 0) return [];
  return splitList(rest).flatMap(clauseOf);
}

const read = new WeakMap<DdlEvent, readonly Clause[] | null>();

/** The clauses of a definition event's statement, read once; null: it is no ALTER TABLE that can be read. */
export function clausesOfEvent(event: DdlEvent): readonly Clause[] | null {
  let clauses = read.get(event);
  if (clauses === undefined) {
    clauses = clausesOf(partsOf(event.sql) ?? []);
    read.set(event, clauses);
  }
  return clauses;
}

/** How many parts a name has there: `table`, or `database.table`. */
function afterName(parts: readonly Part[], place: number): number {
  const dot = parts[place + 1];
  return dot?.kind === 'sign' && dot.text === '.' ? 3 : 1;
}

function clauseOf(parts: readonly Part[]): readonly Clause[] {
  const unknown: readonly Clause[] = [{ kind: 'unknown' }];
  if (keepingHeads.some((head) => hasHead(parts, head))) return hasForeignEngine(parts) ? unknown : [keeps];
  const column = parts.slice(isWord(parts[1], 'COLUMN') ? 2 : 1);
  if (
    beginsWith(parts, 'ADD') &&
    !beginsWith(parts, 'ADD', 'PRIMARY') &&
    !beginsWith(parts, 'ADD', 'CONSTRAINT')
  )
    return (
      readColumns(without(column, 'IF', 'NOT', 'EXISTS'))?.map(({ name, definition }) => ({
        kind: 'add',
        column: name,
        definition,
      })) ?? unknown
    );
  if (
    beginsWith(parts, 'DROP') &&
    !['PRIMARY', 'PARTITION', 'SYSTEM', 'PERIOD'].some((word) => isWord(parts[1], word))
  ) {
    const name = nameOf(without(column, 'IF', 'EXISTS')[0]);
    return name === null ? unknown : [{ kind: 'drop', column: name }];
  }
  if (beginsWith(parts, 'MODIFY')) {
    const [only, ...others] = readColumns(without(column, 'IF', 'EXISTS')) ?? [];
    return only && others.length === 0
      ? [{ kind: 'modify', column: only.name, definition: only.definition }]
      : unknown;
  }
  if (beginsWith(parts, 'CHANGE')) {
    const [former, ...definition] = without(column, 'IF', 'EXISTS');
    return changed(nameOf(former), readColumns(definition)?.[0]);
  }
  if (beginsWith(parts, 'RENAME', 'COLUMN') && isWord(parts[3], 'TO')) {
    const [from, to] = [nameOf(parts[2]), nameOf(parts[4])];
    return from === null || to === null ? unknown : [{ kind: 'rename', column: from, to }];
  }
  if (beginsWith(parts, 'EXCHANGE', 'PARTITION') && beginsWith(parts.slice(3), 'WITH', 'TABLE'))
    return [exchanged(parts.slice(5))];
  return unknown;
}

function changed(
  from: string | null,
  to: { readonly name: string; readonly definition: ColumnDefinition } | undefined,
): readonly Clause[] {
  if (from === null || to === undefined) return [{ kind: 'unknown' }];
  if (from.toLowerCase() === to.name.toLowerCase())
    return [{ kind: 'modify', column: to.name, definition: to.definition }];
  return [{ kind: 'rename', column: from, to: to.name }];
}

function exchanged(parts: readonly Part[]): Clause {
  const isQualified = afterName(parts, 0) === 3;
  const table = nameOf(parts[isQualified ? 2 : 0]);
  return table === null
    ? { kind: 'unknown' }
    : { kind: 'unknown', table: [isQualified ? nameOf(parts[0]) : null, table] };
}

function hasHead(parts: readonly Part[], head: readonly string[]): boolean {
  return head.every((word, index) =>
    word === '?' ? nameOf(parts[index]) !== null : isWord(parts[index], word),
  );
}

function without(parts: readonly Part[], ...words: readonly string[]): readonly Part[] {
  return beginsWith(parts, ...words) ? parts.slice(words.length) : parts;
}

/** Options of a table may follow one another without commas. */
function hasForeignEngine(parts: readonly Part[]): boolean {
  const place = parts.findIndex((part) => isWord(part, 'ENGINE'));
  if (place === -1) return false;
  const engine = parts.slice(place + 1).find((part) => part.kind !== 'sign');
  return !keepingEngines.has((nameOf(engine) ?? '').toUpperCase());
}
