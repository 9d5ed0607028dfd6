import { bootstrapLosses, endlessValues, type EndlessValues } from '../cdc/bootstrap/unsupported-values.ts';
import { bootstrapClause } from '../cdc/bootstrap/where-clause.ts';
import { quoteName } from '../cdc/schema/quote.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import type { KeyCondition } from '../replica/key-range.ts';
import type { Querier } from '../mysql/schema/information-schema.ts';
import { readRowEstimates } from '../mysql/schema/row-estimates.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { BootstrapTable } from './maxwell/bootstrap-table.ts';
import { checkClause, mayRead } from './maxwell/clause-check.ts';
import { AlirError } from '../errors/alir-error.ts';
import { replicaTarget } from '../pipelines/cdc/replica-target.ts';
import type { PlanningContext } from './planning-context.ts';
import { estimateWithin, keyedSchema, within, type SourceTables } from './plan-source.ts';
import type { Selector } from './types.ts';

/** Tables that Maxwell is to read, and what people should know before. */
export interface BootstrapTables extends SourceTables {
  readonly warnings: readonly string[];
}

const deletesNothing =
  'A bootstrap deletes nothing: rows that the source no longer has stay in the replica. --via source removes them.';

/**
 * Looks at tables that Maxwell is to read: it calls a bootstrap of a table that is not there complete, and never ends
 * one that meets a value which it cannot read.
 *
 * @throws AlirError USAGE for a table that is not there, has no key, or holds such values, and for keys that cannot be
 *   its keys; MAXWELL_UNAVAILABLE, BOOTSTRAP_FAILED, MYSQL_*
 */
export async function bootstrapTables(
  place: PlanningContext,
  names: readonly string[],
  keys: Selector['keys'],
): Promise<BootstrapTables> {
  const { source, replicaDatabase } = place;
  return withConnection(source, async (connection) => {
    const requests = await BootstrapTable.open(connection, source);
    await requests.checkPrivileges();
    const warnings = [deletesNothing];
    let rows = 0;
    for (const name of names) {
      const schema = await keyedSchema(connection, place, name, keys);
      const clause = bootstrapClause(
        schema,
        { low: keys?.low ?? null, includesLow: true, high: keys?.high ?? null },
        'planned',
      );
      requests.checkLength(clause);
      const condition = keys === null ? null : within(replicaTarget(schema, replicaDatabase), keys);
      const isReadable = await mayRead(connection, schema);
      await refuseEndless(connection, schema, condition, isReadable);
      warnings.push(...bootstrapLosses(schema).map((sentence) => `${name}.${sentence}`));
      if (isReadable) {
        await checkClause(connection, schema, clause);
        rows += await estimateWithin(connection, schema, condition);
        continue;
      }
      warnings.push(`${name}: Alir may not read it, so Maxwell reads it in one piece.`);
      const estimates = await readRowEstimates(connection, source.database);
      rows += estimates.find(({ table }) => table === schema.table)?.rows ?? 0;
    }
    return { tables: names.map((name) => `${source.database}.${name}`), rows, warnings };
  });
}

async function refuseEndless(
  connection: Querier,
  schema: TableSchema,
  keys: KeyCondition | null,
  isReadable: boolean,
): Promise<void> {
  const { database, table } = schema;
  for (const endless of endlessValues(schema)) {
    if (!isReadable) {
      if (endless.isCommon)
        throw refusal(schema, endless, 'may hold', ' Alir may not read the table to check.');
      continue;
    }
    const where = keys === null ? endless.sql : `${endless.sql} AND ${keys.sql}`;
    const found = await connection.query<object[]>(
      `SELECT 1 FROM ${quoteName(database)}.${quoteName(table)} x WHERE ${where} LIMIT 1`,
      keys?.values ?? [],
    );
    if (found.length > 0) throw refusal(schema, endless, 'holds', '');
  }
}

function refusal(
  { table }: TableSchema,
  { column, what }: EndlessValues,
  holds: string,
  why: string,
): AlirError {
  return new AlirError(
    'USAGE',
    `${table}.${column} ${holds} ${what}: with it Maxwell's bootstrap would never end.${why}`,
    { remedy: 'Use --via source: it reads every value exactly.' },
  );
}
