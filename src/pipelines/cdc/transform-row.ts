import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import type { JsonObject } from '../../cdc/json/exact-number.ts';
import { readEnvelope, type MaxwellMessage } from '../../cdc/maxwell/envelope.ts';
import { readMaxwellKey } from '../../cdc/maxwell/row-key.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { Broken, type Origin } from '../../cdc/types/column-type.ts';
import { textOf } from '../../cdc/types/columns.ts';
import { tooLongFor } from '../fits-columns.ts';
import type { FoundTable, Key, Outcome, Stamp, TargetTable, Version } from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';

type Row = Extract<MaxwellMessage, { kind: 'row' }>;
type Dead = Extract<Outcome, { kind: 'dead' }>;

/**
 * What becomes of the records of one table's topic.
 *
 * Columns of the message that the schema does not have were dropped from the table since. Columns of the schema that
 * the message does not have were added since: they are NULL until the table has been read again, which every such
 * ALTER leads to.
 */
export function rowTransform(
  { schema, readAfter }: FoundTable,
  target: TargetTable,
): (record: SourceRecord, stamp: Stamp) => Outcome {
  const keys = schema.key.map((name) => schema.columns.find((column) => column.name === name)!);
  const data = schema.columns.filter((column) => !keys.includes(column));
  const isOurs = ({ database, table }: { database: string; table: string }): boolean =>
    database === schema.database && table === schema.table;

  return (record, stamp) => {
    const { value } = record;
    const version: Version = [stamp.epoch, record.offset, 0];
    if (value === null) return ofTombstone(record, version);
    const decoded = decodeJsonObject(value);
    if (!decoded.ok) return { kind: 'dead', code: decoded.code, reason: decoded.reason };
    const message = readEnvelope(decoded.value);
    if (message === null) return invalid('not a Maxwell envelope');
    if (!isOurs(message)) return { kind: 'ignored', why: 'another table' };
    if (message.kind === 'control') return { kind: 'ignored', why: `Maxwell ${message.type}` };
    if (message.kind === 'broken') return invalid(message.problem);
    if (decoded.value['reason'] !== undefined)
      return invalid('Maxwell could not send the row, only its key: the table must be read again');
    const outcome = ofRow(message, version, decoded.value, stamp);
    const isBefore = readAfter !== null && Number(decoded.value['ts']) * 1000 < readAfter;
    return outcome.kind === 'dead' && isBefore
      ? { kind: 'ignored', why: 'the table is read again' }
      : outcome;
  };

  function ofRow(message: Row, version: Version, envelope: JsonObject, stamp: Stamp): Outcome {
    const origin: Origin = message.change === 'bootstrap-insert' ? 'bootstrap' : 'live';
    const key = keyOf(message.data, origin);
    if ('kind' in key) return key;
    if (message.change === 'delete') return { kind: 'delete', key: key.texts, version };
    const row: Record<string, string> = {
      _op: message.change,
      _synced_at: stamp.syncAt.slice(0, 23).replace('T', ' '),
    };
    const time = envelope['ts'];
    if (typeof time === 'number') row['_source_ts'] = timeText(time);
    for (const column of data) {
      const value = message.data[column.name];
      const text = value === undefined ? null : textOf(column, value, origin);
      if (text instanceof Broken) return refused(column, text);
      if (text !== null) row[column.name] = text;
    }
    const tooLong = tooLongFor(target, row);
    if (tooLong !== null) return { kind: 'dead', code: 'ROW_REJECTED', reason: tooLong };
    const former = message.change === 'update' ? keyOf({ ...message.data, ...message.old }, origin) : key;
    if ('kind' in former) return former;
    const moved = former.texts.some((text, index) => text !== key.texts[index]);
    const upsert = { kind: 'upsert' as const, key: key.texts, version, row, publication: null };
    return moved ? { ...upsert, replaces: former.texts } : upsert;
  }

  function keyOf(values: JsonObject, origin: Origin): { readonly texts: Key } | Dead {
    const texts: string[] = [];
    for (const column of keys) {
      const value = values[column.name];
      if (value === undefined || value === null)
        return invalid(`data.${column.name}: missing, and it is of the key`);
      const text = textOf(column, value, origin);
      if (text instanceof Broken) return refused(column, text);
      if (text === null) return invalid(`data.${column.name}: NULL in the key`);
      texts.push(text);
    }
    return { texts };
  }

  /** Compacting tools and other producers write these; Maxwell does not. Its keys are lower-cased. */
  function ofTombstone({ key }: SourceRecord, version: Version): Outcome {
    const row = key && readMaxwellKey(key);
    if (!row)
      return { kind: 'dead', code: 'RECORD_EMPTY', reason: 'The value is null and the key names no row.' };
    if (!isOurs(row)) return { kind: 'ignored', why: 'tombstone of another table' };
    const found = keyOf(
      Object.fromEntries(keys.map(({ name }) => [name, row.primaryKey[name.toLowerCase()] ?? null])),
      'live',
    );
    return 'kind' in found ? found : { kind: 'delete', key: found.texts, version };
  }
}

/** Seconds since 1970 as MySQL's DATETIME(6). */
function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}.000000`;
}

function invalid(reason: string): Dead {
  return { kind: 'dead', code: 'ENVELOPE_INVALID', reason };
}

function refused(column: ColumnSchema, broken: Broken): Dead {
  return { kind: 'dead', code: 'ROW_REJECTED', reason: `column ${column.name} ${broken.rule}` };
}
