import type { SourceRecord } from '../../pipelines/record.ts';

type Headers = SourceRecord['headers'];

const nothing = Buffer.alloc(0);
const noHeaders: Headers = [];

/** Reads the parts of a record of format 2, one after the other. */
export class Cursor {
  position: number;
  readonly #data: Buffer;

  constructor(data: Buffer, position = 0) {
    this.#data = data;
    this.position = position;
  }

  /** A zigzag number of up to 64 bits. In doubles: exact for every difference of offsets and of times. */
  varint(): number {
    const data = this.#data;
    let byte = data[this.position++]!;
    let value = byte & 0x7f;
    let scale = 128;
    while (byte >= 0x80) {
      byte = data[this.position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.position;
    this.position = start + length;
    return this.#data.subarray(start, this.position);
  }

  headers(): Headers {
    const count = this.varint();
    if (count <= 0) return noHeaders;
    const headers: (readonly [string, Buffer | null])[] = [];
    for (let i = 0; i < count; i++) headers.push([(this.bytes() ?? nothing).toString('utf8'), this.bytes()]);
    return headers;
  }

  /**
   * Passes over key, value and headers.
   *
   * @throws RangeError unless they end exactly at `end`: what is looked at later is known to be whole
   */
  skipRecord(end: number): void {
    this.skipBytes();
    this.skipBytes();
    const headers = this.varint();
    for (let i = 0; i < headers && this.position <= end; i++) {
      this.skipBytes();
      this.skipBytes();
    }
    if (this.position !== end) throw new RangeError('a record is not as long as it says');
  }

  skipBytes(): void {
    const length = this.varint();
    if (length > 0) this.position += length;
  }
}

/**
 * One record in the bytes of its batch. Key, value and headers are made when they are asked for: tens of thousands of
 * records wait at a time, and the garbage collector would walk over ten objects of each.
 */
export class RecordView implements SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly #data: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** @param start where the length of the key stands; `end`: after the last header */
  constructor(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    offset: number,
    timestamp: number,
    data: Buffer,
    start: number,
    end: number,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
    this.#data = data;
    this.#start = start;
    this.#end = end;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  get key(): Buffer | null {
    return new Cursor(this.#data, this.#start).bytes();
  }

  get value(): Buffer | null {
    const cursor = new Cursor(this.#data, this.#start);
    cursor.skipBytes();
    return cursor.bytes();
  }

  get headers(): Headers {
    const cursor = new Cursor(this.#data, this.#start);
    cursor.skipBytes();
    cursor.skipBytes();
    return cursor.headers();
  }

  /** Bytes that this record keeps alive. */
  get memory(): number {
    return this.#data.buffer.byteLength;
  }

  /** The same record, its bytes copied to `target` from `position` on. */
  copyTo(target: Buffer, position: number): RecordView {
    const end = position + this.#data.copy(target, position, this.#start, this.#end);
    return new RecordView(this, this.offset, this.timestamp, target, position, end);
  }
}
