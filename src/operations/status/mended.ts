import type { Database } from '../../mysql/connection.ts';
import { lastEqual } from '../../metadata/latest-verifications.ts';
import { topicOf } from '../../pipelines/cdc/cdc.ts';

/** When the replica of a topic's table was last known to be whole, milliseconds since 1970; 0: never. */
export type MendedAt = (topic: string) => number;

/** From the loads and the verifications: either sees the whole table, whatever was missing in its topic before. */
export async function readMended(database: Database): Promise<MendedAt> {
  const [tables, verifications] = await Promise.all([
    database.etlReplicaTable.findMany({
      select: { sourceDatabase: true, sourceTable: true, loadedAt: true },
    }),
    // A change that came after its beginning may not have been seen.
    lastEqual(database),
  ]);
  const times = new Map<string, number>();
  const note = (source: string, table: string, at: Date | null): void => {
    const topic = topicOf(source, table);
    times.set(topic, Math.max(times.get(topic) ?? 0, at?.getTime() ?? 0));
  };
  for (const { sourceDatabase, sourceTable, loadedAt } of tables) note(sourceDatabase, sourceTable, loadedAt);
  for (const verified of verifications) note(verified.database, verified.table, verified.beganAt);
  return (topic) => times.get(topic) ?? 0;
}
