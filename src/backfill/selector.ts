import { AlirError } from '../errors/alir-error.ts';
import { findPipeline, pipelines } from '../pipelines/registry.ts';
import { isGtid, isPosition, orderOf, serverOf } from './parse-position.ts';
import { checkZone, parseTime } from './parse-time.ts';
import { parseKeys } from './parse-keys.ts';
import type { Selector } from './types.ts';

type Flags = Readonly<Record<string, unknown>>;

/**
 * What the flags of the command line ask for.
 *
 * @param flags by their names in camel case, as commander gives them
 * @param at `now`: milliseconds since 1970, for times that count back; `usualZone`: IANA name, of times that name no
 *   zone where `--zone` is not given (the setting ALIR_TIME_ZONE)
 * @throws AlirError USAGE, with a sentence that names flag and value
 */
export function parseSelector(
  flags: Flags,
  { now, usualZone }: { readonly now: number; readonly usualZone: string },
): Selector {
  const pipeline = text(flags, 'pipeline') ?? '';
  if (findPipeline(pipeline) === undefined) {
    const known = pipelines.map(({ name }) => name).join(', ');
    const what = pipeline === '' ? '--pipeline is missing' : `There is no pipeline ${pipeline}`;
    throw usage(`${what}.`, `Name one of: ${known}.`);
  }
  const zone = text(flags, 'zone') ?? usualZone;
  checkZone(zone);
  const [since, until] = [text(flags, 'since'), text(flags, 'until')];
  const keys = text(flags, 'wherePk');
  const selector: Selector = {
    pipeline,
    table: text(flags, 'table'),
    partition: whole(flags, 'partition'),
    fromOffset: whole(flags, 'fromOffset'),
    toOffset: whole(flags, 'toOffset'),
    since: since === null ? null : parseTime('--since', since, zone, now),
    until: until === null ? null : parseTime('--until', until, zone, now),
    fromPosition: position(flags, 'fromPosition'),
    toPosition: position(flags, 'toPosition'),
    keys: keys === null ? null : parseKeys(keys),
    batches: batches(flags),
  };
  checkOrder(selector, since, until);
  checkCombination(selector);
  return selector;
}

/** The flags that say where in a log, as they are written, of those that were given. */
export function logFlags(selector: Selector): string[] {
  const names = [
    'partition',
    'fromOffset',
    'toOffset',
    'since',
    'until',
    'fromPosition',
    'toPosition',
    'batches',
  ] as const;
  return names.filter((name) => selector[name] !== null).map(flagOf);
}

function checkOrder(selector: Selector, since: string | null, until: string | null): void {
  const { fromOffset, toOffset, fromPosition, toPosition } = selector;
  if (fromOffset !== null && toOffset !== null && fromOffset > toOffset)
    throw usage(`--from-offset ${fromOffset} comes after --to-offset ${toOffset}.`);
  if (selector.since !== null && selector.until !== null && selector.since >= selector.until)
    throw usage(`--since ${since} is not before --until ${until}.`);
  if (fromPosition === null || toPosition === null) return;
  if (isGtid(fromPosition) !== isGtid(toPosition))
    throw usage(`Of ${fromPosition} and ${toPosition} one is a GTID and the other is not.`);
  if (serverOf(fromPosition) !== serverOf(toPosition))
    throw usage(`--from-position ${fromPosition} and --to-position ${toPosition} are of different servers.`);
  if (orderOf(fromPosition, toPosition) > 0)
    throw usage(`--from-position ${fromPosition} comes after --to-position ${toPosition}.`);
}

function checkCombination(selector: Selector): void {
  const { pipeline, table, fromOffset, toOffset, keys } = selector;
  const [offsetFlag] = [fromOffset !== null && '--from-offset', toOffset !== null && '--to-offset'].filter(
    Boolean,
  );
  if (pipeline !== 'cdc') {
    if (keys !== null) throw usage(`--where-pk needs --pipeline cdc: ${pipeline} is not read from a table.`);
    if (table !== null) throw usage(`--table ${table} needs --pipeline cdc: ${pipeline} has one table.`);
    const given = selector.fromPosition ?? selector.toPosition;
    if (given !== null)
      throw usage(`The position ${given} needs --pipeline cdc: records of ${pipeline} have none.`);
    return;
  }
  if (keys !== null && table === null) throw usage('--where-pk needs --table: a key is one of a table.');
  if (offsetFlag && table === null)
    throw usage(`${offsetFlag} needs --table: every table's topic counts its own offsets.`);
  const [other] = logFlags(selector);
  if (keys !== null && other !== undefined)
    throw usage(`--where-pk and ${other} do not go together: keys are read from the source, as it is now.`);
}

function text(flags: Flags, name: string): string | null {
  const value = flags[name];
  if (value === undefined || value === null) return null;
  const given = (typeof value === 'string' ? value : JSON.stringify(value)).trim();
  if (given === '') throw usage(`${flagOf(name)} is empty.`);
  return given;
}

function whole(flags: Flags, name: string): number | null {
  const given = text(flags, name);
  if (given === null) return null;
  const number = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(number))
    throw usage(`${flagOf(name)} ${given} must be a non-negative integer.`);
  return number;
}

function position(flags: Flags, name: string): string | null {
  const given = text(flags, name);
  if (given !== null && !isPosition(given))
    throw usage(
      `${flagOf(name)} ${given} is not a position in a binlog.`,
      'Write file:offset, as in binlog.000012:4567, or a GTID, uuid:number.',
    );
  return given;
}

function batches(flags: Flags): Selector['batches'] {
  const given = text(flags, 'batches');
  if (given === null || given === 'failed' || given === 'stale') return given;
  throw usage(`--batches ${given} is neither failed nor stale.`);
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function usage(message: string, remedy = 'See alir backfill plan --help.'): AlirError {
  return new AlirError('USAGE', message, { remedy });
}
