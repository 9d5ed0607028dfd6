import { binlogPositionOf } from '../cdc/maxwell/binlog-position.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { readPages } from '../kafka/range-reader.ts';
import type { RecordRange } from '../pipelines/record.ts';
import { gtidNumber, isGtid, orderOf, serverOf } from './parse-position.ts';

/** A record that tells where in the binlog its change is. */
export interface PlacedRecord {
  readonly offset: number;
  /** "file:offset", or GTIDs where the range is searched for one. */
  readonly position: string;
}

/** As little as a fetch may ask for; a record batch comes whole in any case. */
const pageBytes = 65_536;

/**
 * The first record of a range, whose records are in the order of the binlog, at or after a position (`isAfter`: after
 * it). Rows of a bootstrap have no position and are passed over.
 *
 * @returns null when none comes so late
 * @throws AlirError USAGE for a position of another server's binlog; KAFKA_*, RANGE_GONE
 */
export async function findPosition(
  brokers: Brokers,
  range: RecordRange,
  position: string,
  isAfter: boolean,
): Promise<PlacedRecord | null> {
  let found: PlacedRecord | null = null;
  let [low, high] = [range.first, range.last];
  while (low <= high) {
    const middle = low + Math.floor((high - low) / 2);
    const placed = await firstPlaced(brokers, { ...range, first: middle, last: high }, position);
    if (placed !== null) checkServer(position, placed.position, range);
    const order = placed === null ? 1 : orderOf(placed.position, position);
    if (placed !== null && (order < 0 || (isAfter && order === 0))) {
      low = placed.offset + 1;
    } else {
      found = placed ?? found;
      high = middle - 1;
    }
  }
  return found;
}

/** The first record of a range that tells its position, of the kind of `like`; null: none does. */
export async function firstPlaced(
  brokers: Brokers,
  range: RecordRange,
  like: string,
): Promise<PlacedRecord | null> {
  const name = isGtid(like) ? 'gtid' : 'position';
  for await (const { records } of readPages(brokers, range, { pageBytes })) {
    for (const record of records) {
      const position = binlogPositionOf(record.value, name);
      if (position !== null) return { offset: record.offset, position };
    }
  }
  return null;
}

function checkServer(asked: string, found: string, { topic }: RecordRange): void {
  const isSame = isGtid(asked) ? gtidNumber(found, serverOf(asked)) > 0 : serverOf(asked) === serverOf(found);
  if (isSame) return;
  throw new AlirError(
    'USAGE',
    `The position ${asked} is of another server: ${topic} has positions as ${found}.`,
    {
      remedy: 'Name a position of the server that Maxwell reads.',
    },
  );
}

/**
 * Records tell GTIDs only where Maxwell is asked to.
 *
 * @throws AlirError USAGE when those of a range tell none, and one is searched for
 */
export async function checkTold(brokers: Brokers, range: RecordRange, position: string): Promise<void> {
  if (!isGtid(position) || (await firstPlaced(brokers, range, position)) !== null) return;
  throw new AlirError('USAGE', `The records of ${range.topic} have no GTID: Alir cannot find ${position}.`, {
    remedy: 'Name a position file:offset or a time; Maxwell sends GTIDs with output_gtid_position=true.',
  });
}
