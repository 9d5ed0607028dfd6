/**
 * Encodes messages into a record batch of format 2. kafkajs makes three buffers per record for this and was half of a
 * worker's processor time while it published; here a batch is written into one.
 */
import { crc32c } from '@platformatic/wasm-utils';
import { compress } from './codecs.ts';

export type Bytes = string | Buffer;

export type Header = readonly [name: string, value: Bytes | null];

/** By name; or a list, in which a name may occur more than once. */
export type Headers = Readonly<Record<string, Bytes>> | readonly Header[];

/** What a record carries: its part that does not depend on its place in the batch. */
export interface RecordContent {
  readonly key?: Bytes | null;
  readonly value: Bytes | null;
  readonly headers?: Headers;
}

/** A message as kafkajs hands it to the encoder of records. */
export interface RecordToWrite extends RecordContent {
  readonly timestampDelta: number;
  /** The content as `encodeContent` wrote it; key, value and headers are then not looked at. */
  readonly encoded?: Buffer;
}

export interface BatchToWrite {
  /** One of the codec numbers; 0: none. */
  readonly compression: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional?: boolean;
  readonly records: readonly RecordToWrite[];
}

const batchHeader = 61;
const transactionalFlag = 0x10;
const minusOne = 1; // length −1, which stands for null, in zigzag

/** The bytes of one record batch, checksum included. Offsets start at 0: the broker puts the real ones in. */
export function encodeRecordBatch(batch: BatchToWrite): Buffer {
  const sizes = batch.records.map((record, index) => bodySize(record, index));
  const size = sizes.reduce((sum, body) => sum + varintSize(body * 2) + body, batchHeader);
  let data: Buffer = Buffer.allocUnsafe(size);
  let position = batchHeader;
  for (const [index, record] of batch.records.entries()) {
    position = writeRecord(data, position, record, index, sizes[index]!);
  }
  if (batch.compression !== 0) {
    const body = compress(batch.compression, data.subarray(batchHeader));
    data = Buffer.concat([data.subarray(0, batchHeader), body]);
  }
  data.fill(0, 0, 8); // first offset
  data.writeInt32BE(data.length - 12, 8);
  data.writeInt32BE(0, 12); // leader epoch
  data.writeInt8(2, 16); // format
  data.writeInt16BE(batch.compression | (batch.transactional ? transactionalFlag : 0), 21);
  data.writeInt32BE(batch.records.length - 1, 23);
  data.writeBigInt64BE(BigInt(batch.firstTimestamp), 27);
  data.writeBigInt64BE(BigInt(batch.maxTimestamp), 35);
  data.writeBigInt64BE(batch.producerId, 43);
  data.writeInt16BE(batch.producerEpoch, 51);
  data.writeInt32BE(batch.firstSequence, 53);
  data.writeInt32BE(batch.records.length, 57);
  data.writeUInt32BE(crc32c(data.subarray(21)), 17);
  return data;
}

/** Bytes that a message takes in an uncompressed batch, a little too many rather than too few. */
export function messageSize(message: Omit<RecordToWrite, 'timestampDelta'>): number {
  return bodySize({ ...message, timestampDelta: 0 }, 1_000_000) + 16;
}

/** Headers that many messages share. */
export interface SharedHeaders {
  readonly count: number;
  readonly bytes: Buffer;
}

const noHeaders: SharedHeaders = { count: 0, bytes: Buffer.alloc(0) };

/** Encodes headers once for all messages of a batch. */
export function shareHeaders(headers: Headers): SharedHeaders {
  const bytes = Buffer.allocUnsafe(headersSize(headers));
  writeHeaders(bytes, 0, headers);
  return { count: countOf(headers), bytes };
}

/** The bytes of a message's content, for {@link RecordToWrite.encoded}; `shared` follows its own headers. */
export function encodeContent(content: RecordContent, shared = noHeaders): Buffer {
  const data = Buffer.allocUnsafe(contentSize(content, shared));
  writeContent(data, 0, content, shared);
  return data;
}

function bodySize(record: RecordToWrite, index: number): number {
  const place = 1 + varintSize(zigzag(record.timestampDelta)) + varintSize(index * 2);
  return place + (record.encoded?.length ?? contentSize(record, noHeaders));
}

function writeRecord(
  data: Buffer,
  start: number,
  record: RecordToWrite,
  index: number,
  body: number,
): number {
  let position = writeVarint(data, start, body * 2);
  data[position++] = 0; // attributes
  position = writeVarint(data, position, zigzag(record.timestampDelta));
  position = writeVarint(data, position, index * 2);
  if (record.encoded) return position + record.encoded.copy(data, position);
  return writeContent(data, position, record, noHeaders);
}

function contentSize({ key, value, headers = {} }: RecordContent, shared: SharedHeaders): number {
  const count = countOf(headers) + shared.count;
  const ofHeaders = varintSize(count * 2) + headersSize(headers) + shared.bytes.length;
  return bytesSize(key) + bytesSize(value) + ofHeaders;
}

function writeContent(
  data: Buffer,
  start: number,
  { key, value, headers = {} }: RecordContent,
  shared: SharedHeaders,
): number {
  let position = writeBytes(data, start, key);
  position = writeBytes(data, position, value);
  position = writeVarint(data, position, (countOf(headers) + shared.count) * 2);
  position = writeHeaders(data, position, headers);
  return position + shared.bytes.copy(data, position);
}

function isList(headers: Headers): headers is readonly Header[] {
  return Array.isArray(headers);
}

function countOf(headers: Headers): number {
  return isList(headers) ? headers.length : Object.keys(headers).length;
}

function headersSize(headers: Headers): number {
  let size = 0;
  if (isList(headers)) for (const [name, value] of headers) size += bytesSize(name) + bytesSize(value);
  else for (const name in headers) size += bytesSize(name) + bytesSize(headers[name]);
  return size;
}

function writeHeaders(data: Buffer, start: number, headers: Headers): number {
  let position = start;
  if (isList(headers)) {
    for (const [name, value] of headers) position = writeBytes(data, writeBytes(data, position, name), value);
  } else {
    for (const name in headers) position = writeBytes(data, writeBytes(data, position, name), headers[name]);
  }
  return position;
}

function lengthOf(bytes: Bytes): number {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}

function bytesSize(bytes: Bytes | null | undefined): number {
  if (bytes === null || bytes === undefined) return 1;
  const length = lengthOf(bytes);
  return varintSize(length * 2) + length;
}

function writeBytes(data: Buffer, position: number, bytes: Bytes | null | undefined): number {
  if (bytes === null || bytes === undefined) return writeVarint(data, position, minusOne);
  const start = writeVarint(data, position, lengthOf(bytes) * 2);
  return start + (typeof bytes === 'string' ? data.write(bytes, start) : bytes.copy(data, start));
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function varintSize(unsigned: number): number {
  let size = 1;
  for (let rest = unsigned; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function writeVarint(data: Buffer, position: number, unsigned: number): number {
  let rest = unsigned;
  while (rest >= 128) {
    data[position++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  data[position++] = rest;
  return position;
}
