import { attributeOf } from '../cdc/maxwell/naming.ts';
import { decodeJsonObject } from '../cdc/json/decode-json.ts';
import { comparePositions } from '../database/replica/maxwell-position.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { readPages } from '../kafka/range-reader.ts';
import type { RecordRange, SourceRecord } from '../pipelines/record.ts';
import { fileName } from './selector.ts';

/** A record that tells where in the binlog its change is. */
export interface PlacedRecord {
  readonly offset: number;
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
    const placed = await firstPlaced(brokers, { ...range, first: middle, last: high });
    if (placed !== null) checkServer(position, placed.position, range);
    const order = placed === null ? 1 : comparePositions(placed.position, position);
    if (placed !== null && (order < 0 || (isAfter && order === 0))) {
      low = placed.offset + 1;
    } else {
      found = placed ?? found;
      high = middle - 1;
    }
  }
  return found;
}

/** The first record of a range that tells its position; null: none does. */
export async function firstPlaced(brokers: Brokers, range: RecordRange): Promise<PlacedRecord | null> {
  for await (const { records } of readPages(brokers, range, { pageBytes })) {
    for (const record of records) {
      const position = positionOf(record);
      if (position !== null) return { offset: record.offset, position };
    }
  }
  return null;
}

function positionOf({ value }: SourceRecord): string | null {
  const decoded = value && decodeJsonObject(value);
  const position = decoded?.ok ? attributeOf(decoded.value, 'position') : null;
  const type = decoded?.ok ? decoded.value['type'] : null;
  const isBootstrap = typeof type === 'string' && type.startsWith('bootstrap-');
  const isPlaced = typeof position === 'string' && /\.\d+:\d+$/.test(position);
  return isPlaced && !isBootstrap ? position : null;
}

function checkServer(asked: string, found: string, { topic }: RecordRange): void {
  if (fileName(asked) === fileName(found)) return;
  throw new AlirError(
    'USAGE',
    `The position ${asked} is of another server: ${topic} has positions as ${found}.`,
    {
      remedy: 'Name a position of the server that Maxwell reads.',
    },
  );
}
