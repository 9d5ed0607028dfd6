import { whyNoTopic } from '../../../cdc/schema/topic-name.ts';
import { plural } from '../../../errors/sentences.ts';
import { ok, problem, type Check, type Finding } from '../check.ts';

/** Tables of the source at whose first row Maxwell would end. */
export const tableNames: Check = {
  name: 'table names',
  area: 'MySQL source',
  needs: ['source'],
  async run({ source, config }) {
    const { database } = config.source;
    const tables = await source.query<{ readonly name: string }>(
      "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' " +
        'ORDER BY name',
      [database],
    );
    return judgeNames(
      database,
      tables.map(({ name }) => name),
    );
  },
};

export function judgeNames(database: string, tables: readonly string[]): Finding[] {
  const reasons = tables.flatMap((table) => whyNoTopic({ database, table }) ?? []);
  if (reasons.length === 0) return [ok(`The names of all ${plural(tables.length, 'table')} can be topics.`)];
  return reasons.map((found) =>
    problem({
      found,
      means: 'Its changes cannot have a topic of their own.',
      todo: 'Rename it (RENAME TABLE). If Maxwell has already stopped at it, then run: alir maxwell recover (docs/guide/maxwell-recover.md)',
    }),
  );
}
