import { AlirError } from '../errors/alir-error.ts';
import { mysqlErrorNumber } from '../mysql/server-connection.ts';

/**
 * What a guard must know may not be seen. It is neither yes nor no: a guard waits or refuses, with the remedy, and only a
 * display may go on without.
 */
export class NotVisible extends AlirError {}

/** No privilege on a database, a table, a column, or the server. */
const denied = new Set([1044, 1045, 1142, 1143, 1227]);

/**
 * The rows of a query that needs a privilege beyond the tables of the source.
 *
 * @param why.what a sentence: what may not be seen
 * @param why.grant the statement that lets it be seen
 * @throws NotVisible where MySQL denies it; otherwise the driver's error, so that a lost connection is tried again
 */
export async function unlessDenied<T>(
  query: Promise<T>,
  { what, grant }: { readonly what: string; readonly grant: string },
): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (!denied.has(mysqlErrorNumber(error) ?? 0)) throw error;
    throw new NotVisible('MYSQL_ACCESS_DENIED', what, {
      cause: error,
      remedy: `As an administrator of the source: ${grant}`,
    });
  }
}

/**
 * What is only shown, or only saves work, may be left out.
 *
 * @returns null where it may not be seen
 */
export async function ifVisible<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NotVisible) return null;
    throw error;
  }
}
