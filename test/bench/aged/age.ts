import { createEpochStore } from '../../../src/metadata/epochs.ts';
import { rollUp } from '../../../src/metadata/history/roll-up.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import type { CdcPlace } from '../../support/cdc-place.ts';
import { ageBatches } from './age-batches.ts';
import { ageBookkeeping } from './age-bookkeeping.ts';
import { ageLog } from './age-log.ts';
import { ageTables, makeSourceTables } from './age-tables.ts';
import { History, type Sizes } from './history.ts';

/** Makes a place on which nothing has run yet such as a year leaves it: servers, source, replica and bookkeeping. */
export async function age(place: CdcPlace, sizes: Sizes, say: (line: string) => void): Promise<History> {
  const { config, database } = place;
  const history = new History(sizes, config.source.database);
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const began = Date.now();
    const result = await work();
    say(`${what}: ${Math.round((Date.now() - began) / 100) / 10} s`);
    return result;
  };
  await timed('tables of the source', () => makeSourceTables(place, history));
  const ids = await timed('topics', () => ageLog(place, history));
  await timed('tables of the replica', () => ageTables(place, history));
  const epochs = createEpochStore(database);
  for (const [topic, topicId] of ids) {
    const { length } = history.streams.filter((stream) => stream.topic === topic);
    const firstOffsets = Array.from({ length }, () => 0);
    await epochs.begin(topic, { topicId, partitions: length, firstOffsets, replaces: null });
  }
  const root = { ...config.target, user: 'root', password: place.stack.secrets.root };
  await withConnection(root, async (connection) => {
    // Nobody reads this past from the binlog.
    await connection.query('SET SESSION sql_log_bin = 0');
    await timed('etl_batches', () => ageBatches(connection, history, ids));
    await ageBookkeeping(connection, history, config.settings.MYSQL_REPLICA_DATABASE, say);
  });
  // Totals and gaps, as the product itself rolls them up; it prunes by its own pace.
  await timed('etl_batch_totals', () => rollUp(database));
  return history;
}
