/** Lets a Maxwell that has stopped at what it cannot read go on at the end of the binlog. */
import { setTimeout as delay } from 'node:timers/promises';
import { comparePositions } from '../../cdc/maxwell/binlog-position.ts';
import type { MysqlAddress } from '../../config/load-config.ts';
import { definitionChanges, readEvents } from '../../replica/ddl-in-binlog.ts';
import {
  hasDefinitions,
  readBinlogEnd,
  retire,
  retireStatements,
  type BinlogEnd,
} from '../../replica/maxwell-store.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { standOf } from './health.ts';

/** What starts and stops the Maxwell at hand. */
export interface MaxwellSwitch {
  /** Returns when it answers, or its process runs. @throws AlirError where it does not start */
  start(): Promise<void>;
  /** Returns when it has ended. */
  stop(): Promise<void>;
  isRunning(): Promise<boolean>;
}

export interface Recovered {
  /** Where Maxwell stood, and where it went on, "file:offset". */
  readonly from: string;
  readonly to: string;
  /** Position that Maxwell must have passed before a table is read again. */
  readonly waitFor: string;
}

/** How often it is begun anew where definitions change meanwhile, or Maxwell stops at the next statement. */
const mostAttempts = 5;
/** For Maxwell to copy the definitions of a large server, and to read on to where it was told. */
const patienceMs = 300_000;
const lookEveryMs = 1_000;

/**
 * Stops Maxwell, retires the definitions that it has stored, sets it to the end of the binlog, and starts it: again,
 * until no definition has changed between that end and the moment at which it had copied them. A definition that is newer
 * than the place where it is used would decode rows wrongly. Can be run again wherever it was cut off.
 *
 * @throws AlirError MAXWELL_STOPPED when it does not get on, MYSQL_*, and what the switch throws
 */
export async function recover(
  source: MysqlAddress,
  maxwell: MaxwellSwitch,
  tell: (text: string) => void,
): Promise<Recovered> {
  const { position: from } = await standOf(source);
  // What may not be seen is told before anything is stopped.
  await inSource(source, async (connection) => {
    const { file } = await endOf(connection, source);
    await readEvents(connection, source.user, file, 4, 1);
  });
  let reason = '';
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    tell('stopping Maxwell');
    await maxwell.stop();
    const start = await beginAnew(source);
    const to = textOf(start);
    tell(`set to ${to}; starting Maxwell`);
    const outcome = await settle(source, maxwell, start).catch((error: unknown) => {
      if (error instanceof AlirError && error.code === 'SERVER_FAILED') return { again: error.message };
      throw error;
    });
    if ('waitFor' in outcome) return { from, to, waitFor: outcome.waitFor };
    reason = outcome.again;
    tell(`again: ${reason}`);
  }
  throw new AlirError('MAXWELL_STOPPED', `Maxwell made no progress in ${mostAttempts} attempts: ${reason}`);
}

/** Retires what Maxwell has stored and sets it to the end of the binlog, in one transaction. */
async function beginAnew(source: MysqlAddress): Promise<BinlogEnd> {
  const stand = await standOf(source);
  return inSource(source, async (connection) => {
    const end = await endOf(connection, source);
    await retire(connection, retireStatements(source.maxwell!, stand, end));
    return end;
  });
}

/** Starts Maxwell and waits until it has copied the definitions and read on; says why it must begin anew. */
async function settle(
  source: MysqlAddress,
  maxwell: MaxwellSwitch,
  start: BinlogEnd,
): Promise<{ readonly waitFor: string } | { readonly again: string }> {
  const { serverId } = await standOf(source);
  await maxwell.start();
  const until = async (isSo: () => Promise<boolean>): Promise<string | null> => {
    for (let waited = 0; !(await isSo()); waited += lookEveryMs) {
      if (!(await maxwell.isRunning())) return 'Maxwell ended';
      if (waited > patienceMs) return `Maxwell has made no progress for ${patienceMs / 1000} s`;
      await delay(lookEveryMs);
    }
    return null;
  };
  const copied = await until(() =>
    inSource(source, (connection) => hasDefinitions(connection, source.maxwell!, { serverId })),
  );
  if (copied !== null) return { again: copied };
  const end = await inSource(source, (connection) => endOf(connection, source));
  const changes = await inSource(source, (connection) =>
    definitionChanges(connection, source.user, start, end),
  );
  if (changes.length > 0)
    return { again: `definitions changed while it started (${shown(changes.at(-1)!)})` };
  const waitFor = textOf(end);
  const passed = await until(async () => comparePositions((await standOf(source)).position, waitFor) >= 0);
  return passed === null ? { waitFor } : { again: passed };
}

function endOf(connection: Parameters<typeof readBinlogEnd>[0], source: MysqlAddress): Promise<BinlogEnd> {
  return readBinlogEnd(connection, source.user).then((end) => {
    if (end === null)
      throw new AlirError('MAXWELL_UNAVAILABLE', 'The source writes no binlog: Maxwell has nothing to read.');
    return end;
  });
}

function inSource<T>(
  source: MysqlAddress,
  work: (connection: Parameters<typeof readBinlogEnd>[0]) => Promise<T>,
): Promise<T> {
  return withConnection({ ...source, database: '' }, work);
}

function textOf({ file, offset }: BinlogEnd): string {
  return `${file}:${offset}`;
}

const shownLength = 120;

/** Texts in a statement are left out: they may hold anything. */
function shown(statement: string): string {
  const text = statement
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"/g, "'…'");
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}
