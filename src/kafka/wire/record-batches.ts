/**
 * Decodes what a fetch returns: record batches of Kafka's format 2, the only one since Kafka 0.11.
 *
 * Both clients decode with these functions, so the group consumer and the range reader give the same records. Their
 * own decoders do not: kafkajs loses the order of headers, lets records of an aborted transaction through when two
 * are open at once or a record's key is four zero bytes, overflows the stack on batches of more than about 120,000
 * records and stands still before an empty batch; @platformatic/kafka does not filter aborted transactions.
 *
 * What a batch holds is kept by position: a batch always covers all offsets from its first to its last, whether or
 * not compaction left a record there, so `next` steps over holes, control batches and aborted transactions.
 */
import { AlirError } from '../../errors/alir-error.ts';
import type { SourceRecord } from '../../pipelines/record.ts';
import { decompress } from './codecs.ts';
import { readOffset } from '../offsets.ts';
import { Cursor, RecordView } from './record-view.ts';

/** A transaction that was aborted: its records begin at `firstOffset` and end at the producer's abort marker. */
export interface AbortedTransaction {
  readonly producerId: bigint | string;
  readonly firstOffset: bigint | string;
}

export interface RecordSetPlace {
  readonly topic: string;
  readonly partition: number;
  /** Fetch position: what lies before it is dropped (a fetch begins with the whole batch that holds the position). */
  readonly from: number;
  /** Last offset that is wanted; absent: all. */
  readonly until?: number;
  readonly aborted: readonly AbortedTransaction[];
}

export interface DecodedRecords {
  /** Views of the bytes that were decoded. */
  readonly records: SourceRecord[];
  /** Position after the last complete batch; `from` when there was none. */
  readonly next: number;
  /** Bytes of keys, values and headers. */
  readonly bytes: number;
}

const headerLength = 61;
const compressionMask = 0x07;
const logAppendTimeFlag = 0x08;
const transactionalFlag = 0x10;
const controlFlag = 0x20;

/**
 * Decodes the records of one partition. A batch that is cut off at the end is left for the next fetch.
 *
 * @throws AlirError UNEXPECTED for a format older than Kafka 0.11 or damaged data
 */
export function decodeRecordSet(data: Buffer, place: RecordSetPlace): DecodedRecords {
  const records: SourceRecord[] = [];
  const transactions = new AbortedTransactions(place.aborted);
  let next = place.from;
  let bytes = 0;
  let position = 0;
  while (position + headerLength <= data.length) {
    const first = readOffset(data, position);
    const end = position + 12 + data.readInt32BE(position + 8);
    if (end > data.length) break;
    if (data.readInt8(position + 16) !== 2) {
      throw new AlirError('UNEXPECTED', `${nameOf(place, first)} is in a format older than Kafka 0.11.`);
    }
    const attributes = data.readInt16BE(position + 21);
    const last = first + data.readInt32BE(position + 23);
    const skip = transactions.skips(data, position, attributes, last);
    if (!skip && last >= place.from && first <= (place.until ?? last)) {
      try {
        bytes += decodeBatch(data.subarray(position, end), first, attributes, place, records);
      } catch (error) {
        throw new AlirError('UNEXPECTED', `${nameOf(place, first)} cannot be decoded.`, { cause: error });
      }
    }
    next = Math.max(next, last + 1);
    position = end;
  }
  return { records, next, bytes };
}

/** Which batches belong to aborted transactions, while walking over a partition in offset order. */
class AbortedTransactions {
  readonly #waiting: { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#waiting = aborted
      .map(({ producerId, firstOffset }) => ({
        producerId: BigInt(producerId),
        firstOffset: BigInt(firstOffset),
      }))
      .sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  }

  /** Whether the batch at `position` holds nothing for a reader: a control batch, or aborted records. */
  skips(data: Buffer, position: number, attributes: number, last: number): boolean {
    const control = (attributes & controlFlag) !== 0;
    if (this.#waiting.length === 0 && this.#open.size === 0) return control;
    while (this.#waiting[0] && this.#waiting[0].firstOffset <= last) {
      this.#open.add(this.#waiting.shift()!.producerId);
    }
    if ((attributes & transactionalFlag) === 0) return control;
    const producerId = data.readBigInt64BE(position + 43);
    // A control batch ends the transaction of its producer: with an abort marker here, for a committed one was never open.
    if (control) this.#open.delete(producerId);
    return control || this.#open.has(producerId);
  }
}

/** Appends the wanted records of one batch and returns their bytes. */
function decodeBatch(
  batch: Buffer,
  first: number,
  attributes: number,
  place: RecordSetPlace,
  records: SourceRecord[],
): number {
  const codec = attributes & compressionMask;
  const baseTimestamp = readOffset(batch, 27);
  const appendTime = (attributes & logAppendTimeFlag) !== 0 ? readOffset(batch, 35) : null;
  const count = batch.readInt32BE(57);
  const body = codec === 0 ? batch.subarray(headerLength) : decompress(codec, batch.subarray(headerLength));
  const until = place.until ?? Infinity;
  const cursor = new Cursor(body);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const length = cursor.varint();
    const end = cursor.position + length;
    if (length < 0 || end > body.length) throw new RangeError('a record ends after its batch');
    cursor.position += 1; // attributes: unused
    const timestamp = baseTimestamp + cursor.varint();
    const offset = first + cursor.varint();
    if (offset >= place.from && offset <= until) {
      const start = cursor.position;
      cursor.skipRecord(end);
      records.push(new RecordView(place, offset, appendTime ?? timestamp, body, start, end));
      bytes += end - start;
    }
    cursor.position = end;
  }
  return bytes;
}

function nameOf(place: RecordSetPlace, offset: number): string {
  return `The record batch at ${place.topic}/${place.partition}/${offset}`;
}

/**
 * The records with memory of their own where they would keep far more alive than they hold.
 *
 * Decoded records are views of the response that brought them. One small record in a partition that waits would keep
 * ten megabytes of its neighbours' records; thousands of them would fill the memory.
 *
 * @param bytes of keys, values and headers of all records
 */
export function detachRecords(records: SourceRecord[], bytes: number): SourceRecord[] {
  const views = records as RecordView[];
  const held = views[0]?.memory ?? 0;
  if (held <= Math.max(bytes * 4, 65_536)) return records;
  const memory = Buffer.allocUnsafeSlow(bytes);
  let used = 0;
  return views.map((record) => {
    const copy = record.copyTo(memory, used);
    used += record.size;
    return copy;
  });
}
