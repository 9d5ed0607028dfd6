import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { AlirError } from '../../../errors/alir-error.ts';
import { stackNotRunning } from '../not-running.ts';
import { serviceNames, type LogOptions } from '../engine.ts';
import { lastLines, sizeOf } from './log-file.ts';
import type { StackFiles } from './stack-files.ts';

const logNames = [...serviceNames, 'supervisor'] as const;

/** The last lines of one log, or of all with the server's name in front; then those that come. */
export async function* readLogs(files: StackFiles, options: LogOptions): AsyncGenerator<string> {
  const chosen = logNames.filter((name) => options.service === undefined || name === options.service);
  if (chosen.length === 0) {
    throw new AlirError('USAGE', `There is no server "${options.service}": use ${logNames.join(', ')}.`);
  }
  const present = chosen.filter((name) => existsSync(files.log(name)));
  if (present.length === 0) throw stackNotRunning(files.name, 'has written no log yet');
  const mark = (name: string, line: string) => (chosen.length > 1 ? `${name.padEnd(10)} ${line}` : line);
  const offsets = new Map(present.map((name) => [name, sizeOf(files.log(name))]));
  for (const name of present) {
    for (const line of lastLines(files.log(name), options.lines)) yield mark(name, line);
  }
  while (options.follow) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const name of chosen) {
      const from = offsets.get(name) ?? 0;
      const { lines, next } = newLines(files.log(name), from);
      offsets.set(name, next);
      for (const line of lines) yield mark(name, line);
    }
  }
}

/** Whole lines from an offset on; a log that became shorter was renamed and is read from its beginning. */
function newLines(file: string, from: number): { lines: string[]; next: number } {
  const size = sizeOf(file);
  const start = size < from ? 0 : from;
  if (size === start) return { lines: [], next: start };
  const bytes = Buffer.alloc(Math.min(size - start, 1_048_576));
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, start);
  } finally {
    closeSync(descriptor);
  }
  const end = bytes.lastIndexOf(10) + 1;
  return { lines: bytes.toString('utf8', 0, end).split('\n').slice(0, -1), next: start + end };
}
