import { isUtf8 } from 'node:buffer';
import { plural } from '../../errors/sentences.ts';
import type { Letter, LetterEvent } from '../../metadata/dead-letters/read-letters.ts';
import { cutTo, printable } from './printable.ts';
import { showCorrection, showValue } from './show-value.ts';

const longestPart = 200;
const mostHeaders = 20;

/** A letter for people: where it is from, what is wrong, what it holds, and what was done with it. */
export function printLetter(letter: Letter, events: readonly LetterEvent[]): string {
  return [
    ...aboutLetter(letter),
    '',
    ...reasonsOf(letter),
    '',
    ...contentOf(letter),
    ...correctionOf(letter),
    ...historyOf(events),
  ].join('\n');
}

function aboutLetter(letter: Letter): string[] {
  const { record, status, attempts, closedBy, closedAt, note } = letter;
  const closed = closedAt === null ? '' : `, by ${printable(closedBy ?? '?')} at ${closedAt.toISOString()}`;
  const why = note === null ? '' : ` (${printable(note)})`;
  return [
    `Dead letter ${letter.id}: ${status}${closed}${why}`,
    `  pipeline:  ${letter.pipeline}`,
    `  record:    ${printable(record.topic)}, partition ${record.partition}, offset ${record.offset}` +
      (letter.epoch === 1 ? '' : `, epoch ${letter.epoch} of the topic`),
    `  written:   ${timeOf(record.timestamp)}`,
    `  found:     ${letter.createdAt.toISOString()}`,
    `  attempts:  ${attempts}`,
  ];
}

/** Records may have any timestamp, also none (-1). */
function timeOf(millis: number): string {
  const time = new Date(millis);
  return millis < 0 || Number.isNaN(time.getTime()) ? 'without a time' : time.toISOString();
}

function reasonsOf({ code, reason, reasons }: Letter): string[] {
  if (reasons.length === 0) return [`${code}: ${printable(reason)}`];
  return [code, ...reasons.map(({ path, rule }) => `  ${printable(path)}: ${printable(rule)}`)];
}

function contentOf({ record, isValueOmitted, reasons }: Letter): string[] {
  const { key, value, headers } = record;
  const lines = [
    ...headers
      .slice(0, mostHeaders)
      .map(([name, bytes]) => `Header ${printable(name)}: ${bytes === null ? 'null' : inLine(bytes)}`),
    ...(headers.length > mostHeaders ? [`… ${plural(headers.length - mostHeaders, 'header')} left out`] : []),
    `Key: ${key === null ? 'none' : inLine(key)}`,
  ];
  if (isValueOmitted)
    return [...lines, 'Value: larger than 40 MB, so only Kafka has it, until its retention removes it.'];
  if (value === null) return [...lines, 'Value: none (a tombstone)'];
  return [...lines, `Value, ${plural(value.length, 'byte')}:`, ...indented(showValue(value, reasons))];
}

function correctionOf({ edit, record }: Letter): string[] {
  if (edit === null) return [];
  const title = `Correction, by ${printable(edit.by)} at ${edit.at.toISOString()}:`;
  return ['', title, ...indented(showCorrection(edit.value, record.value))];
}

function historyOf(events: readonly LetterEvent[]): string[] {
  if (events.length === 0) return [];
  const lines = events.map(({ at, kind, actor, note }) => {
    const said = note === '' ? '' : `: ${cutTo(note, longestPart)}`;
    return `${at.toISOString()}  ${kind} by ${printable(actor)}${said}`;
  });
  return ['', 'History:', ...indented(lines)];
}

function inLine(bytes: Buffer): string {
  if (isUtf8(bytes)) return cutTo(bytes.toString('utf8'), longestPart);
  return cutTo(`0x${bytes.subarray(0, longestPart).toString('hex')}`, longestPart);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
