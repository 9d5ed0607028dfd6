import { quoteName } from '../../../cdc/schema/quote.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import { plural } from '../../../errors/sentences.ts';

interface TableRow {
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
}

export const replicaTables: Check = {
  name: 'replica tables',
  area: 'MySQL target',
  needs: ['target'],
  async run({ target, config }) {
    try {
      const rows = await target.query<TableRow>(
        "SELECT CONCAT(source_database, '.', source_table) AS name, state, reason FROM " +
          `${quoteName(config.target.database)}.etl_replica_tables ORDER BY name`,
      );
      return judgeTables(rows);
    } catch (error) {
      // The check of the migrations tells that.
      if (!(error instanceof AlirError) || error.code !== 'SCHEMA_NOT_MIGRATED') throw error;
      return [skipped('The tables of Alir do not exist.')];
    }
  },
};

/** Tables of which the replica is known not to be right, each with its own reason. */
export function judgeTables(tables: readonly TableRow[]): Finding[] {
  const findings = tables.flatMap(({ name, state, reason }): Finding[] => {
    const found = `${name} is ${state}: ${reason ?? 'no reason is known'}`;
    if (state === 'paused')
      return [
        problem({
          found,
          means: 'Its changes wait in Kafka; other tables are not affected.',
          todo: 'Fix the reason shown; replication resumes automatically.',
        }),
      ];
    if (state === 'stale')
      return [
        problem({
          found,
          means: 'Alir applies its changes, but older rows may differ from the source.',
          todo: `Run: alir replica reload ${name.slice(name.indexOf('.') + 1)}`,
        }),
      ];
    if (state !== 'refused') return [];
    return [
      warning({
        found,
        means: 'There is no replica of this table.',
        todo: 'Change the table as the reason says, or do without its replica.',
      }),
    ];
  });
  if (findings.length > 0) return findings;
  return [ok(`No table is paused, stale or refused (${plural(tables.length, 'table')}).`)];
}
