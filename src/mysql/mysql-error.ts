import { AlirError, messageOf } from '../errors/alir-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';

/** A column, and the rule that its value breaks. */
export interface ColumnFault {
  readonly column: string;
  readonly rule: string;
}

/** The database refused the values of a row. `reason` names the column and never holds the value. */
export class RowError extends Error {
  readonly code = 'ROW_REJECTED' satisfies ErrorCode;
  readonly reason: string;
  /** Null where the database names no column. */
  readonly fault: ColumnFault | null;

  /** @param refusal the column that is at fault, or the reason where that is not known */
  constructor(refusal: ColumnFault | string) {
    const fault = typeof refusal === 'string' ? null : refusal;
    const reason = typeof refusal === 'string' ? refusal : `column ${refusal.column} ${refusal.rule}`;
    super(reason);
    this.name = 'RowError';
    this.reason = reason;
    this.fault = fault;
  }
}

/** What an error of Prisma, its adapter or the driver says: MySQL's number and text, or null where it has none. */
export interface MysqlFailure {
  readonly number: number | null;
  readonly text: string;
}

const conflict = new Set([1205, 1213, 1412, 3572]);
const denied = new Set([1044, 1045, 1142, 1143, 1227, 1370, 1698, 1820]);
const notMigrated = new Set([1049, 1054, 1146]);
/** Too many connections, shutting down, killed, read-only, disk full, and the driver's own numbers for a lost socket. */
const unavailable = new Set([
  1021, 1040, 1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1290, 1317, 1836, 1927,
  2002, 2003, 2006, 2013, 3100, 4031, 45009, 45012, 45013, 45025, 45026, 45028, 45042, 45044,
]);

/** The server wants encryption and we do not, or the other way round. */
const encryptionDiffers = new Set([3159, 45023]);
/** From here on errors are the driver's, not the server's. */
const driverNumbers = 45_000;

/** Numbers that are a row's fault, with what people are told about the column. */
const rowFaults: Readonly<Record<number, string>> = {
  1048: 'must not be NULL',
  1062: 'holds a value that another row has',
  1264: 'is out of range',
  1265: 'does not fit the column',
  1292: 'is not a valid value of its type',
  1364: 'has no value and no default',
  1366: 'is not a valid value of its type',
  1367: 'is not a valid value of its type',
  1406: 'is too long',
  1411: 'is not a valid value of its type',
  1416: 'is not a valid geometry',
  1441: 'is out of range',
  1451: 'is referenced by another row',
  1452: 'refers to a row that does not exist',
  1525: 'is not a valid value of its type',
  1582: 'is not a valid value of its type',
  1690: 'is out of range',
  3037: 'is not a valid geometry',
  3140: 'is not valid JSON',
  3141: 'is not valid Unicode',
  3156: 'is not valid JSON',
  3157: 'is nested too deeply',
  3819: 'breaks a check constraint',
  4025: 'breaks a check constraint',
  4038: 'is not valid Unicode',
};

/**
 * The one gate that turns whatever a query threw into the catalogue's terms.
 *
 * @returns a RowError where a row's values are at fault, otherwise an AlirError: MYSQL_UNAVAILABLE, MYSQL_CONFLICT,
 *   MYSQL_ACCESS_DENIED, SCHEMA_NOT_MIGRATED, or UNEXPECTED. An AlirError or RowError is returned as it is.
 */
export function classifyMysqlError(error: unknown): AlirError | RowError {
  if (error instanceof AlirError || error instanceof RowError) return error;
  const { number, text } = mysqlFailureOf(error);
  const rule = number === null ? undefined : rowFaults[number];
  // Neither the error nor its text may travel on: MySQL's messages quote the value, and values are personal data.
  if (rule !== undefined) return new RowError(refusalOf(rule, text));
  if (number !== null && conflict.has(number)) {
    return new AlirError(
      'MYSQL_CONFLICT',
      'Another transaction held the rows for too long, or a deadlock was resolved.',
    );
  }
  if (number !== null && denied.has(number))
    return new AlirError('MYSQL_ACCESS_DENIED', `MySQL refuses access: ${text}`);
  if (number !== null && notMigrated.has(number))
    return new AlirError('SCHEMA_NOT_MIGRATED', `MySQL says: ${text}`);
  if (number !== null && encryptionDiffers.has(number)) {
    const remedy = 'Correct MYSQL_SSL_MODE (for the source: SOURCE_MYSQL_SSL_MODE).';
    return new AlirError('MYSQL_ACCESS_DENIED', `MySQL refuses access: ${text}`, { remedy });
  }
  if ((number === null || number >= driverNumbers) && /\bcertificate\b/.test(text)) {
    return new AlirError('MYSQL_UNAVAILABLE', `MySQL cannot be trusted: ${decisiveLine(text)}`, {
      cause: error,
      remedy: 'Correct MYSQL_SSL_CA_FILE; if the certificate names no host, set MYSQL_SSL_MODE=verify-ca.',
    });
  }
  if ((number !== null && unavailable.has(number)) || isLostConnection(error, text)) {
    return new AlirError('MYSQL_UNAVAILABLE', `MySQL does not answer: ${decisiveLine(text)}`, {
      cause: error,
    });
  }
  return new AlirError(
    'UNEXPECTED',
    `MySQL failed${number === null ? '' : ` (${number})`}: ${withoutValues(text)}`,
  );
}

/**
 * Finds MySQL's number and text. Prisma wraps a failed raw query as P2010 with `meta.driverAdapterError.cause`; a failed
 * COMMIT arrives as the adapter's error itself; the driver's own errors carry `errno`. A pool that could not connect
 * says 45028 and quotes the true reason as "no: 1045".
 */
export function mysqlFailureOf(error: unknown): MysqlFailure {
  const own = error as { errno?: unknown; sqlMessage?: unknown; meta?: unknown; cause?: unknown } | null;
  const meta = own?.meta as { driverAdapterError?: { cause?: unknown } } | undefined;
  const cause = (meta?.driverAdapterError?.cause ?? own?.cause) as
    { originalCode?: unknown; originalMessage?: unknown; cause?: unknown } | undefined;
  if (typeof cause?.originalCode === 'string') {
    const text = typeof cause.originalMessage === 'string' ? cause.originalMessage : messageOf(error);
    return unwrapPoolTimeout(
      Number(cause.originalCode),
      text,
      typeof cause.cause === 'string' ? cause.cause : '',
    );
  }
  if (typeof own?.errno === 'number') {
    const text = typeof own.sqlMessage === 'string' ? own.sqlMessage : messageOf(error);
    return unwrapPoolTimeout(Math.abs(own.errno), text, own.cause instanceof Error ? own.cause.message : '');
  }
  return { number: null, text: messageOf(error) };
}

function unwrapPoolTimeout(number: number, text: string, cause: string): MysqlFailure {
  if (number !== 45028) return { number, text };
  const inner = /\bno: (\d+), SQLState: \w+\) (.*)/.exec(cause);
  return inner
    ? { number: Number(inner[1]), text: inner[2] ?? cause }
    : { number, text: decisiveLine(cause || text) };
}

function isLostConnection(error: unknown, text: string): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET)/.test(code))
    return true;
  // P2024, P2028: no connection in time, or a transaction that outlived its time limit; P1xxx: the server is not there.
  if (typeof code === 'string' && /^P(1001|1002|1008|1017|2024|2028)$/.test(code)) return true;
  return /\b(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|socket has unexpectedly been closed)\b/.test(text);
}

/** MySQL's text with the column as the only thing kept; MariaDB writes `db`.`table`.`column` and quotes with backticks. */
function refusalOf(rule: string, text: string): ColumnFault | string {
  // At the end of the text, where no value can stand: a value may hold the words "for column" itself.
  const column =
    /column ['`](?:[^'`]+`\.`)*([^'`]+)['`] at row \d+$/.exec(text)?.[1] ??
    /^(?:Column|Field) '([^']+)'/.exec(text)?.[1] ??
    /FOREIGN KEY \(`([^`]+)`\)/.exec(text)?.[1];
  if (column !== undefined) return { column, rule };
  const name =
    /^(?:Check constraint '|CONSTRAINT `)([^'`]+)['`]/.exec(text)?.[1] ??
    / for key '(?:[^']*\.)?([\w-]+)'$/.exec(text)?.[1];
  return name === undefined ? `a value ${rule}` : `a value ${rule} (${name})`;
}

/** Prisma says first which of its calls failed, over several lines; why is in the last one. */
function decisiveLine(text: string): string {
  const lines = text.trim().split('\n');
  const isPrismas = /^Invalid `.*` invocation/.test(lines[0] ?? '');
  return ((isPrismas ? lines.at(-1) : lines[0]) ?? '').trim();
}

/** An unknown message may quote a value: quoted parts are dropped. */
const withoutValues = (text: string): string => decisiveLine(text).replace(/'[^']*'|"[^"]*"/g, "'…'");
