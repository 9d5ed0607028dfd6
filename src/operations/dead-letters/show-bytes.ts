import { isUtf8 } from 'node:buffer';
import { plural } from '../../errors/sentences.ts';
import { printable } from './printable.ts';

const bytesOfLine = 16;
const linesBefore = 4;
const linesOfView = 16;
const charactersBefore = 60;
const charactersAfter = 60;
const charactersOfBeginning = 2_000;

/** Bytes that are no UTF-8 text, as a dump around the first of them that is wrong. */
export function showBytes(bytes: Buffer): string[] {
  const position = firstInvalid(bytes);
  const start = Math.max(0, Math.floor(position / bytesOfLine) - linesBefore) * bytesOfLine;
  const end = Math.min(bytes.length, start + linesOfView * bytesOfLine);
  const lines: string[] = [];
  if (start > 0) lines.push(`… ${plural(start, 'byte')} left out`);
  for (let at = start; at < end; at += bytesOfLine) {
    const part = bytes.subarray(at, Math.min(end, at + bytesOfLine));
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...part].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'));
    const line = `${at.toString(16).padStart(8, '0')}  ${hex.padEnd(bytesOfLine * 3 - 1)}  ${text.join('')}`;
    const isMarked = position >= at && position < at + bytesOfLine;
    lines.push(isMarked ? `${line}   ←  byte ${position + 1} is not UTF-8` : line);
  }
  if (end < bytes.length) lines.push(`… ${plural(bytes.length - end, 'byte')} left out`);
  return lines;
}

/** A text that is no JSON object, around the character at which reading it failed; null: not known, its beginning. */
export function showText(text: string, position: number | null): string[] {
  if (position === null) {
    const lines = text.slice(0, charactersOfBeginning).split(/\r?\n/).map(printable);
    const rest = text.length - charactersOfBeginning;
    return rest > 0 ? [...lines, `… ${plural(rest, 'character')} left out`] : lines;
  }
  const start = Math.max(0, position - charactersBefore);
  const before = `${start > 0 ? '… ' : ''}${printable(text.slice(start, position))}`;
  const end = Math.min(text.length, position + charactersAfter);
  const after = `${printable(text.slice(position, end))}${end < text.length ? ' …' : ''}`;
  return [`${before}${after}`, `${' '.repeat(before.length)}↑  breaks at character ${position + 1}`];
}

/** The first byte that belongs to no UTF-8 character: decoding puts a replacement in its place. */
export function firstInvalid(bytes: Buffer): number {
  if (isUtf8(bytes)) return bytes.length;
  const decoded = Buffer.from(bytes.toString('utf8'));
  let index = 0;
  while (index < bytes.length && bytes[index] === decoded[index]) index += 1;
  return index;
}
