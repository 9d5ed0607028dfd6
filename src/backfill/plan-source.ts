import { replicaTarget } from '../pipelines/cdc/replica-target.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import { membersOf } from '../cdc/types/members.ts';
import { quoteName } from '../cdc/schema/quote.ts';
import { keyCompares, keyEquals, type KeyCondition } from '../replica/key-range.ts';
import type { Querier } from '../mysql/schema/information-schema.ts';
import { listTables, readTableSchemas } from '../mysql/schema/read-schema.ts';
import { readSourceSchema, replicaKeyBeside } from '../mysql/schema/source-schema.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { AlirError } from '../errors/alir-error.ts';
import { field, request, RequestError } from '../errors/request-error.ts';
import { plural } from '../errors/sentences.ts';
import type { TargetTable } from '../pipelines/pipeline.ts';
import { isWholeText } from './parse-keys.ts';
import type { PlanningContext } from './planning-context.ts';
import type { Selector } from './types.ts';

/** Tables of the source that a backfill reads, and about how many rows. */
export interface SourceTables {
  readonly tables: readonly string[];
  readonly rows: number;
}

/** Names of all tables of the source that have a key. */
export async function keyedTables({ source }: PlanningContext): Promise<string[]> {
  return withConnection(source, async (connection) => {
    const schemas = await readTableSchemas(connection, source.database);
    return schemas.flatMap(({ table, key }) => (key.length > 0 ? [table] : []));
  });
}

/**
 * Looks at tables of the source.
 *
 * @throws AlirError USAGE for a table that is not there or has no key, and for keys that cannot be its keys; MYSQL_*
 */
export async function sourceTables(
  place: PlanningContext,
  names: readonly string[],
  keys: Selector['keys'],
): Promise<SourceTables> {
  const { source, replicaDatabase } = place;
  return withConnection(source, async (connection) => {
    // Of many tables, whose keys are not asked about, all definitions at once: each alone takes three questions.
    const all = names.length > 1 && keys === null ? await readTableSchemas(connection, source.database) : [];
    const known = new Map(all.map((schema) => [schema.table, schema]));
    let rows = 0;
    for (const name of names) {
      const schema = known.get(name) ?? (await keyedSchema(connection, place, name, keys));
      checkKey(schema);
      const condition = keys === null ? null : within(replicaTarget(schema, replicaDatabase), keys);
      rows += await estimateWithin(connection, schema, condition);
    }
    return { tables: names.map((name) => `${source.database}.${name}`), rows };
  });
}

/** About how many rows of a table meet a condition on row `x`; null: all. */
export async function estimateWithin(
  connection: Querier,
  { database, table }: TableSchema,
  condition: KeyCondition | null,
): Promise<number> {
  const where = condition === null ? '' : ` WHERE ${condition.sql}`;
  const [estimate] = await connection.query<{ rows: bigint | number | null }[]>(
    `EXPLAIN SELECT 1 FROM ${quoteName(database)}.${quoteName(table)} x${where}`,
    condition?.values ?? [],
  );
  return Number(estimate?.rows ?? 0);
}

/**
 * A table of the source that has a key.
 *
 * @throws AlirError USAGE for a table that is not there or has no key, and for keys that cannot be its keys
 */
export async function keyedSchema(
  connection: Querier,
  { source: { database }, replicaDatabase, database: bookkeeping }: Omit<PlanningContext, 'brokers'>,
  name: string,
  keys: Selector['keys'],
): Promise<TableSchema> {
  const former = replicaKeyBeside(bookkeeping, replicaDatabase);
  const schema = await readSourceSchema(connection, database, name, former);
  if (schema === null) throw unknownTable(name, database, await listTables(connection, database));
  checkKey(schema);
  if (keys !== null) checkKeys(schema, keys);
  return schema;
}

function checkKey(schema: TableSchema): void {
  if (schema.key.length > 0) return;
  throw new AlirError(
    'USAGE',
    `${schema.database}.${schema.table} has no key: its rows cannot be told apart.`,
    {
      remedy: 'Give it a primary key, or a unique index without NULLs.',
    },
  );
}

function checkKeys(schema: TableSchema, keys: NonNullable<Selector['keys']>): void {
  const wherePk = field('wherePk');
  for (const bound of [keys.low, keys.high]) {
    if (bound === null) continue;
    if (bound.length !== schema.key.length)
      throw new RequestError(
        request`${wherePk}: the key of ${schema.table} is (${schema.key.join(', ')}), but ${JSON.stringify(bound)} has ${plural(bound.length, 'value')}.`,
      );
    schema.key.forEach((name, index) => {
      const column = schema.columns.find((each) => each.name === name);
      if (column?.dataType.endsWith('int') && !isWholeText(bound[index]))
        throw new RequestError(request`${wherePk}: ${name} is a number, and ${bound[index] ?? ''} is not.`);
      const labels = column?.dataType === 'enum' ? membersOf(column) : null;
      if (labels !== null && bound[index] !== '' && !labels.has(bound[index] ?? ''))
        throw new RequestError(
          request`${wherePk}: ${name} is one of ${[...labels.keys()].join(', ')}, and ${bound[index] ?? ''} is not among them.`,
        );
    });
  }
}

/** The condition that the key of row `x` lies within bounds, both of which belong to it. */
export function within(
  table: TargetTable,
  { low, high }: NonNullable<Selector['keys']>,
): KeyCondition | null {
  const conditions: KeyCondition[] = [];
  if (low !== null) {
    const [after, equal] = [keyCompares(table, '>', low), keyEquals(table, low)];
    conditions.push({ sql: `(${after.sql} OR ${equal.sql})`, values: [...after.values, ...equal.values] });
  }
  if (high !== null) conditions.push(keyCompares(table, '<=', high));
  if (conditions.length === 0) return null;
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

function unknownTable(name: string, database: string, known: readonly string[]): RequestError {
  const some = known.length > 10 ? `${known.slice(0, 10).join(', ')}, …` : known.join(', ');
  return new RequestError(request`${field('table')} ${name}: there is no such table in ${database}.`, {
    remedy: `Name one of: ${some || '(there is none yet)'}.`,
  });
}
