import { cdc } from '../pipelines/cdc/cdc.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import { AlirError } from '../errors/alir-error.ts';
import { requestRefetches } from '../metadata/refetches.ts';
import { serveRefetches } from '../replica/serve-refetches.ts';
import type { SourceReader } from '../replica/source-table.ts';
import { inTransaction } from '../mysql/transaction.ts';
import { lockTarget } from '../metadata/targets.ts';
import type { VerificationId } from '../metadata/verifications.ts';

const keysAtOnce = 2_000;

/**
 * Asks for rows to be read from the source by their keys, and serves that at once: perhaps nobody else is there to. What
 * the source lacks is deleted.
 *
 * @returns a sentence when the replica cannot take them; the requests stay and are served once it can
 * @throws AlirError MYSQL_*, KAFKA_*
 */
export async function repairKeys(
  reader: SourceReader,
  { database, table }: VerificationId,
  keys: readonly KeyText[],
  signal: AbortSignal,
): Promise<string | null> {
  const target = { database: reader.replicaDatabase, name: table };
  for (let first = 0; first < keys.length; first += keysAtOnce) {
    const page = keys.slice(first, first + keysAtOnce);
    await inTransaction(reader.database, async (transaction) => {
      await lockTarget(transaction, target, cdc.name);
      await requestRefetches(transaction, target, { database, table }, page);
    });
  }
  try {
    await serveRefetches(reader, { database, table }, signal);
    signal.throwIfAborted();
    return null;
  } catch (error) {
    if (!(error instanceof AlirError) || error.code !== 'TABLE_PAUSED') throw error;
    return `${error.message} ${error.remedy}`;
  }
}
