import type { AuditRow } from './types.ts';

/** Files of the source's binlog that follow each other without one missing, and of which changes were read. */
export interface FileRun {
  /** Name of the binlog, without the number of the file. */
  readonly name: string;
  readonly first: BinlogFile;
  readonly last: BinlogFile;
}

interface BinlogFile {
  readonly file: string;
  readonly number: number;
  /** When its first and its last change were applied, milliseconds since 1970. */
  readonly begun: number;
  readonly ended: number;
}

const pattern = /^((.*)\.(\d+)):\d+$/;

/** Notes the files that a live batch has read changes of. Of files in the middle of a run nothing needs to be known. */
export function noteFiles(runs: FileRun[], { kind, flag, from, to, at }: AuditRow): void {
  if (kind !== 'batch' || flag !== 'live') return;
  for (const position of from === to ? [from] : [from, to]) {
    const [, file, name, number] = pattern.exec(position ?? '') ?? [];
    if (file === undefined || name === undefined) continue;
    noteFile(runs, name, { file, number: Number(number), begun: at, ended: at });
  }
}

function noteFile(runs: FileRun[], name: string, seen: BinlogFile): void {
  const near = runs.filter(
    (run) => run.name === name && run.first.number <= seen.number + 1 && seen.number <= run.last.number + 1,
  );
  const [before, after] = [near[0], near.at(-1)];
  if (before === undefined || after === undefined) {
    runs.push({ name, first: seen, last: seen });
    runs.sort((a, b) => (a.name === b.name ? a.first.number - b.first.number : a.name < b.name ? -1 : 1));
    return;
  }
  const joined = { name, first: lower(before.first, seen), last: higher(after.last, seen) };
  runs.splice(runs.indexOf(before), near.length, joined);
}

function lower(file: BinlogFile, seen: BinlogFile): BinlogFile {
  return file.number === seen.number ? both(file, seen) : file.number < seen.number ? file : seen;
}

function higher(file: BinlogFile, seen: BinlogFile): BinlogFile {
  return file.number === seen.number ? both(file, seen) : file.number > seen.number ? file : seen;
}

function both(a: BinlogFile, b: BinlogFile): BinlogFile {
  return { ...a, begun: Math.min(a.begun, b.begun), ended: Math.max(a.ended, b.ended) };
}
