import { gunzipSync, gzipSync } from 'node:zlib';
import { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } from '@platformatic/wasm-utils';
import { decompress as zstdDecompress } from 'fzstd';
import { AlirError } from '../../errors/alir-error.ts';

/** Codec numbers as they stand in the lowest three bits of a record batch's attributes. */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** The Java client writes snappy in frames of its own: 8 bytes of magic, two versions, then length-prefixed blocks. */
const javaSnappyMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const javaSnappyHeader = 16;

/**
 * Undoes the compression of a record batch.
 *
 * @param codec one of {@link codecs}
 * @returns memory of its own, not a view of `data`
 * @throws AlirError UNEXPECTED for a codec that Kafka does not have
 */
export function decompress(codec: number, data: Buffer): Buffer {
  switch (codec) {
    case codecs.gzip:
      return gunzipSync(data);
    case codecs.snappy:
      return decompressSnappy(data);
    case codecs.lz4:
      return lz4Decompress(data);
    case codecs.zstd: {
      const plain = zstdDecompress(data);
      return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
    }
    default:
      throw new AlirError('UNEXPECTED', `Kafka has no compression codec ${codec}.`);
  }
}

/** Compresses for producing: gzip, snappy (raw, as librdkafka writes it) or lz4. Zstd is read only. */
export function compress(codec: number, data: Buffer): Buffer {
  switch (codec) {
    case codecs.gzip:
      return gzipSync(data);
    case codecs.snappy:
      return snappyCompress(data);
    case codecs.lz4:
      return lz4Compress(data);
    default:
      throw new AlirError('UNEXPECTED', `Alir does not write the compression codec ${codec}.`);
  }
}

function decompressSnappy(data: Buffer): Buffer {
  if (!data.subarray(0, javaSnappyMagic.length).equals(javaSnappyMagic)) return snappyDecompress(data);
  const blocks: Buffer[] = [];
  let position = javaSnappyHeader;
  while (position + 4 <= data.length) {
    const length = data.readInt32BE(position);
    blocks.push(snappyDecompress(data.subarray(position + 4, position + 4 + length)));
    position += 4 + length;
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
}
