import { comparePositions } from '../cdc/maxwell/binlog-position.ts';
import type { SourceBinlog } from '../replica/binlog.ts';

/** Of positions there are two kinds: "file:offset" in the binlog, and the GTID of a transaction, "uuid:number". */
const filePattern = /^[^\s:]+\.\d+:\d+$/;
const gtidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9]\d*$/i;

export function isPosition(text: string): boolean {
  return filePattern.test(text) || isGtid(text);
}

export function isGtid(text: string): boolean {
  return gtidPattern.test(text);
}

/** What positions of one server have in common: the name of its binlog without the number of the file, or its UUID. */
export function serverOf(position: string): string {
  return isGtid(position)
    ? position.slice(0, position.indexOf(':')).toLowerCase()
    : position.replace(/\.\d+:\d+$/, '');
}

/** Negative, zero or positive: which of two positions of one server and one kind comes first. */
export function orderOf(a: string, b: string): number {
  return isGtid(b) ? gtidNumber(a, serverOf(b)) - gtidNumber(b, serverOf(b)) : comparePositions(a, b);
}

/** The greatest number that a GTID, or a set of them, has of a server; 0: none. */
export function gtidNumber(gtids: string, server: string): number {
  const own = gtids.split(',').filter((each) => each.trim().toLowerCase().startsWith(`${server}:`));
  const numbers = own.flatMap((each) => each.trim().slice(server.length).match(/\d+/g) ?? []);
  return Math.max(0, ...numbers.map(Number));
}

/** Why the server of a binlog cannot have a position, without a full stop; null: it has it, or had it. */
export function positionProblem(position: string, binlog: SourceBinlog): string | null {
  return isGtid(position) ? gtidProblem(position, binlog) : fileProblem(position, binlog);
}

function fileProblem(position: string, { files }: SourceBinlog): string | null {
  const [oldest, newest] = [files[0], files.at(-1)];
  if (oldest === undefined || newest === undefined) return null;
  const end = `${newest.name}:${newest.bytes}`;
  if (serverOf(position) !== serverOf(end))
    return `is a position of another server: the binlog of the source ends at ${end}`;
  if (comparePositions(position, end) > 0) return `is beyond the end of the source's binlog, ${end}`;
  if (comparePositions(position, `${oldest.name}:0`) < 0) return null; // purged; Kafka may hold what was in it
  const own = files.find((file) => fileNumber(`${file.name}:0`) === fileNumber(position));
  if (own === undefined)
    return `is a position of another server: the source has ${oldest.name} to ${newest.name} without that file`;
  if (comparePositions(position, `${own.name}:${own.bytes}`) <= 0) return null;
  return `is a position of another server: the ${own.name} of the source ends at ${own.bytes}`;
}

function gtidProblem(position: string, { hasGtids, executed }: SourceBinlog): string | null {
  if (!hasGtids) return 'is a GTID, and the source has none (its gtid_mode is not ON)';
  const server = serverOf(position);
  const last = gtidNumber(executed, server);
  if (last === 0) return `is a position of another server: the source has executed ${executed || 'nothing'}`;
  if (gtidNumber(position, server) <= last) return null;
  return `is beyond the end of the source's binlog, ${server}:${last}`;
}

function fileNumber(position: string): number {
  return Number(/\.(\d+):\d+$/.exec(position)?.[1]);
}
