import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import { numberText, type JsonObject, type JsonValue } from '../../cdc/json/exact-number.ts';
import { readEnvelope, type MaxwellMessage } from '../../cdc/maxwell/envelope.ts';
import { attributeOf } from '../../cdc/maxwell/naming.ts';
import { readMaxwellKey } from '../../cdc/maxwell/row-key.ts';
import type { SchemaMoment } from '../../cdc/schema/schema-history.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';
import { Broken, NotCarried, type Origin } from '../../cdc/types/column-type.ts';
import { membersOf } from '../../cdc/types/members.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { tooLongFor } from '../fits-columns.ts';
import type {
  FieldReason,
  FoundTable,
  Outcome,
  Stamp,
  TargetTable,
  TopicTransform,
  Version,
} from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';
import { rowReader, type ColumnReading, type RowReader, type RowReading } from './column-readings.ts';
import { invalid, invalidField, refused, type Dead } from './dead.ts';
import { addedValue } from './former-columns.ts';
import { aboutRow, differ, keysOf, unreadKey, type ReadKey } from './read-key.ts';

/** What Maxwell sends at most (deploy/maxwell). On its way to MySQL a row is in memory half a dozen times. */
const largestRecord = 16_777_216;

type Row = Extract<MaxwellMessage, { kind: 'row' }>;

const twin = "holds an invalid value in the key, which prints like the '' that it lists";

/** What does not change while one row is looked at: its origin, and how its columns are read. */
interface Writing {
  readonly origin: Origin;
  readonly reading: RowReading;
  /** It came from the binlog and says when: other producers may leave columns out. */
  readonly isDated: boolean;
}

/**
 * What becomes of the records of one table's topic.
 *
 * A row is decoded by the definition under which it was written. Columns that are gone since are left out. A column
 * that was added since has the value that the ALTER gave it where its default tells, else NULL until the table has
 * been read again, which every such ALTER leads to.
 *
 * A class, not functions within a function: every batch makes one, and what V8 has learned of methods stays, while
 * functions that are made anew are compiled anew.
 */
export class RowTransform implements TopicTransform {
  readonly table: TargetTable;
  readonly reconsider?: () => Promise<TopicTransform>;
  readonly #found: FoundTable;
  readonly #reader: RowReader;
  readonly #partial = new WeakSet<Outcome>();

  /**
   * @param reconsider absent: all is known of the table, and a row that lacks columns which its table had then throws
   *   TABLE_PAUSED, since nothing may pass it; otherwise it is dead, so that the transform is reconsidered
   */
  constructor(found: FoundTable, table: TargetTable, reconsider?: () => Promise<TopicTransform>) {
    this.table = table;
    if (reconsider) this.reconsider = reconsider;
    this.#found = found;
    this.#reader = rowReader(found.schema);
  }

  transform(record: SourceRecord, stamp: Stamp): Outcome {
    const { value } = record;
    const version: Version = [stamp.epoch, record.offset, 0];
    if (value === null) return this.#ofTombstone(record, version);
    if (record.size > largestRecord)
      return {
        kind: 'dead',
        code: 'ROW_REJECTED',
        reason: `the record has more than ${largestRecord} bytes`,
      };
    const decoded = decodeJsonObject(value);
    if (!decoded.ok) return { kind: 'dead', code: decoded.code, reason: decoded.reason };
    const message = readEnvelope(decoded.value);
    if (message === null) return invalid('not a Maxwell envelope');
    if (!this.#isOurs(message)) return { kind: 'ignored', why: 'another table' };
    if (message.kind === 'control') return { kind: 'ignored', why: `Maxwell ${message.type}` };
    if (message.kind === 'broken') return invalidField(message.field, message.problem);
    const { reason } = decoded.value;
    if (reason !== undefined) return this.#ofSkeleton(message, reason);
    const outcome = this.#ofRow(message, version, decoded.value, stamp);
    if (outcome.kind !== 'dead') return outcome;
    const { readAfter, schema } = this.#found;
    const isBefore = readAfter !== null && Number(decoded.value['ts']) * 1000 < readAfter;
    if (isBefore) return { kind: 'ignored', why: 'the table is read again' };
    if (!this.reconsider && this.#partial.has(outcome)) throw pausedBy(outcome, schema);
    return outcome;
  }

  #isOurs({ database, table }: { readonly database: string; readonly table: string }): boolean {
    const { schema } = this.#found;
    return database === schema.database && table === schema.table;
  }

  /** What Maxwell sends of a row that is too large for a message: its key, and why. */
  #ofSkeleton({ data, old, isCamel }: Row, reason: JsonValue): Outcome {
    const problem = typeof reason === 'string' && /^\w{1,80}$/.test(reason) ? ` (${reason})` : '';
    const { names } = this.#reader;
    const values = names.restore(data, isCamel);
    const former = names.restore(old, isCamel);
    if (values === null || former === null) return invalid(names.problem);
    const writing = this.#undated();
    const key = this.#keyOf(values, writing);
    const formerKey = this.#keyOf({ ...values, ...former }, writing);
    if ('kind' in key) return key;
    if ('kind' in formerKey) return formerKey;
    const refetch = keysOf(key, formerKey);
    const unread = key.unread ?? formerKey.unread;
    if (unread !== undefined) return unreadKey(unread, refetch);
    const why = `Maxwell could not send the row${problem}: it is read from the source`;
    return { kind: 'ignored', why, refetch };
  }

  #ofRow(message: Row, version: Version, envelope: JsonObject, stamp: Stamp): Outcome {
    const { schema, schemaAt, partitionsOf } = this.#found;
    const { names, readingOf } = this.#reader;
    const origin: Origin = message.change === 'bootstrap-insert' ? 'bootstrap' : 'live';
    const moment = momentOf(envelope);
    const isDated = origin === 'live' && (moment.schemaId !== null || moment.position !== null);
    const then = (isDated && schemaAt?.(moment)) || schema;
    const writing = { origin, isDated, reading: readingOf(then) };
    const values = names.restore(message.data, message.isCamel);
    const old = names.restore(message.old, message.isCamel);
    if (values === null || old === null) return invalid(names.problem);
    const key = this.#keyOf(values, writing);
    if ('kind' in key) return key;
    const former = message.change === 'update' ? this.#keyOf({ ...values, ...old }, writing) : key;
    if ('kind' in former) return former;
    const unreadPart = key.unread ?? former.unread;
    if (unreadPart !== undefined) return unreadKey(unreadPart, keysOf(key, former));
    if (message.change === 'delete') return { kind: 'delete', key: key.texts, version };
    const row: Record<string, string> = {
      _op: message.change,
      _synced_at: stamp.syncAt.slice(0, 23).replace('T', ' '),
    };
    const time = envelope['ts'];
    if (typeof time === 'number') row['_source_ts'] = timeText(time);
    let why: string | null = null;
    for (const reading of writing.reading.data) {
      const { column } = reading;
      const value = values[column.name];
      if (value === undefined && isIn(writing, reading))
        return this.#lacking(column, aboutRow(key, former, version));
      const text = value === undefined ? addedIn(writing, column) : reading.read(value, origin);
      if (text instanceof NotCarried)
        why ??= `column ${column.name} ${text.rule}: the row is read from the source`;
      else if (text instanceof Broken)
        return { ...refused(column.name, text.rule), ...aboutRow(key, former, version) };
      else if (text !== null) row[column.name] = text;
    }
    if (why !== null) return { kind: 'ignored', why, refetch: keysOf(key, former) };
    const tooLong = tooLongFor(this.table, row);
    if (tooLong !== null)
      return { ...refused(tooLong.path, tooLong.rule), ...aboutRow(key, former, version) };
    const moved = differ(former.texts, key.texts);
    const upsert = { kind: 'upsert' as const, key: key.texts, version, row, publication: null };
    if (!moved) return upsert;
    const hasOneOrder = (partitionsOf?.get(stamp.epoch) ?? 1) === 1;
    return hasOneOrder ? { ...upsert, replaces: former.texts } : { ...upsert, leavesFormer: true };
  }

  #keyOf(values: JsonObject, writing: Writing): ReadKey | Dead {
    const texts: string[] = [];
    let unread: FieldReason | undefined;
    for (const reading of writing.reading.key) {
      const { column } = reading;
      const value = values[column.name];
      if (value === undefined && isIn(writing, reading)) return this.#lacking(column);
      if (value === undefined)
        return invalidField(`data.${column.name}`, 'missing, and it is part of the key');
      if (value === null && isTwin(column)) return refused(column.name, twin);
      const text = reading.read(value, writing.origin);
      if (text instanceof NotCarried) {
        unread ??= { path: column.name, rule: text.rule };
        texts.push(value as string);
        continue;
      }
      if (text instanceof Broken) return refused(column.name, text.rule);
      if (text === null) return invalidField(`data.${column.name}`, 'NULL in the key');
      texts.push(text);
    }
    return unread === undefined ? { texts } : { texts, unread };
  }

  #lacking({ name }: ColumnSchema, about: Pick<Dead, 'about'> = {}): Dead {
    const rule = 'missing, though the table had it when the row was written';
    const dead = { ...invalidField(`data.${name}`, rule), ...about };
    this.#partial.add(dead);
    return dead;
  }

  /** Compacting tools and other producers write these; Maxwell does not. Its keys are lower-cased. */
  #ofTombstone({ key }: SourceRecord, version: Version): Outcome {
    const row = key && readMaxwellKey(key);
    if (!row)
      return { kind: 'dead', code: 'RECORD_EMPTY', reason: 'The value is null and the key names no row.' };
    if (!this.#isOurs(row)) return { kind: 'ignored', why: 'tombstone of another table' };
    const { schema } = this.#found;
    const { keyNames } = this.#reader;
    const values = keyNames.restore(row.primaryKey, false);
    if (values === null) return invalid(keyNames.problem);
    const found = this.#keyOf(
      Object.fromEntries(
        schema.key.flatMap((name) => {
          const value = values[name.toLowerCase()];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
      this.#undated(),
    );
    if ('kind' in found) return found;
    if (found.unread !== undefined) return unreadKey(found.unread, [found.texts]);
    return { kind: 'delete', key: found.texts, version };
  }

  #undated(): Writing {
    return { origin: 'live', isDated: false, reading: this.#reader.readingOf(this.#found.schema) };
  }
}

/** Whether null, an ENUM's invalid value in a key, has the text of a value that the ENUM lists: another row. */
function isTwin(column: ColumnSchema): boolean {
  return column.dataType === 'enum' && membersOf(column).has('');
}

function isIn({ isDated }: Writing, { wasThere }: ColumnReading): boolean {
  return isDated && wasThere;
}

function addedIn({ isDated }: Writing, column: ColumnSchema): string | null {
  return isDated ? addedValue(column) : null;
}

function momentOf(envelope: JsonObject): SchemaMoment {
  const id = attributeOf(envelope, 'schema_id');
  const { position } = envelope;
  return {
    schemaId: id === undefined || id === null ? null : Number(numberText(id)),
    position: typeof position === 'string' ? position : null,
  };
}

function pausedBy({ reason }: Dead, { database, table }: TableSchema): AlirError {
  return new AlirError(
    'TABLE_PAUSED',
    `${database}.${table} waits: a change is not a whole row (${reason}).`,
    {
      remedy:
        'Set binlog_row_image=FULL for the server and for the session that wrote it, and output_nulls=true in Maxwell; ' +
        'then reload the table: until then Alir applies no later change of it.',
    },
  );
}

let lastTime = { seconds: NaN, text: '' };

/** Seconds since 1970 as MySQL's DATETIME(6). Hundreds of rows share one: the last text is kept. */
function timeText(seconds: number): string {
  if (seconds !== lastTime.seconds)
    lastTime = {
      seconds,
      text: `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}.000000`,
    };
  return lastTime.text;
}
