import type { Config } from '../../config/load-config.ts';
import { readRowEstimates, type RowEstimate } from '../../mysql/schema/row-estimates.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import type { Sample, SampledGauges } from '../../observability/sampled-gauges.ts';
import { ownTables } from '../../pipelines/registry.ts';

const gauges = {
  alir_table_rows_estimate: {
    help: 'Rows of a table as InnoDB estimates them, off by up to a half; alir verify compares exactly',
    labels: ['side', 'database', 'table'],
  },
};

/** How large the tables of source and target are. */
export function tableGauges({ source, target, settings }: Config): SampledGauges<keyof typeof gauges> {
  const replica = settings.MYSQL_REPLICA_DATABASE;
  return {
    reading: 'tables',
    everyMs: 60_000,
    ahead: true, // it grows with the tables and with what is open
    gauges,
    async read() {
      const [ofSource, [ofReplica, ofTarget]] = await Promise.all([
        withConnection({ ...source, database: '' }, (connection) =>
          readRowEstimates(connection, source.database),
        ),
        withConnection({ ...target, database: '' }, async (connection) => [
          await readRowEstimates(connection, replica),
          await readRowEstimates(connection, target.database),
        ]),
      ]);
      const own = new Set(ownTables.map(({ name }) => name));
      return {
        alir_table_rows_estimate: [
          ...samples('source', source.database, ofSource),
          ...samples('target', replica, ofReplica),
          ...samples(
            'target',
            target.database,
            ofTarget?.filter(({ table }) => own.has(table)),
          ),
        ],
      };
    },
  };
}

function samples(side: string, database: string, estimates: readonly RowEstimate[] = []): Sample[] {
  return estimates.map(({ table, rows }) => ({ labels: { side, database, table }, value: rows }));
}
