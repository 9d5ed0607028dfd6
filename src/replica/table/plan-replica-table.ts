import { createReplicaTable, whyNotReplicable } from './create-table.ts';
import {
  changesOrderOfKeys,
  changesStoredValues,
  columnsToAdd,
  planEvolution,
  retiredComment,
} from './evolve-table.ts';
import { mendExtraColumns } from './extra-columns.ts';
import type { IndexSchema } from '../../cdc/schema/index-schema.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import type { Querier } from '../../mysql/schema/information-schema.ts';
import { readTable, type ReadTable } from '../../mysql/schema/read-schema.ts';

/** What a replica table needs before rows of its source can be written to it. */
export type ReplicaPlan =
  | {
      /** The table is not there yet. */
      readonly created: boolean;
      /** In their order; none: the table is as it must be. */
      readonly statements: readonly string[];
      /** The table must be read again from the source: no event tells what changed in its rows. */
      readonly reread: boolean;
      /** The keys are sorted in another order: a load in hand must begin again. */
      readonly reordered?: true;
      /** Names of the columns that a table which is there gets. */
      readonly added: readonly string[];
    }
  /** The source's table cannot have a replica; a sentence for people. */
  | { readonly refused: string }
  /** The replica and the source do not go together any more; a sentence for people. */
  | { readonly paused: string };

export interface ReplicaOptions {
  /** Indexes that a new replica has beside its key. */
  readonly indexes?: readonly IndexSchema[];
  /** Names, in lower case, of the columns that the replica was given so far; null, or absent: it is not known. */
  readonly known?: ReadonlySet<string> | null;
}

/** What `ensureReplicaTable` would do; changes nothing. */
export async function planReplicaTable(
  connection: Querier,
  schema: TableSchema,
  replicaDatabase: string,
  options: ReplicaOptions = {},
): Promise<ReplicaPlan> {
  const refused = whyNotReplicable(schema);
  if (refused !== null) return { refused };
  const replica = await readTable(connection, replicaDatabase, schema.table);
  if (replica === null) {
    const table = createReplicaTable(schema, replicaDatabase, options.indexes);
    if (!table.ok) return { refused: table.reason };
    return { created: true, statements: [table.sql], reread: true, added: [] };
  }
  const [index] = replica.uniqueIndexes;
  if (index !== undefined && replica.schema.hasPrimaryKey) {
    return {
      paused:
        `${replicaDatabase}.${schema.table} has the unique index ${index.name}: ` +
        'an upsert would overwrite the row that it matches. Make it a plain index.',
    };
  }
  const retired = retiredOf(replica);
  const evolution = planEvolution(replica.schema, schema, retired);
  if ('pause' in evolution) return { paused: evolution.pause };
  const mended = mendExtraColumns(replica.schema);
  return {
    created: false,
    statements: [...(mended === null ? [] : [mended]), ...evolution.statements],
    // A row whose position is lost is taken for older than every change.
    reread: mended !== null || changesStoredValues(replica.schema, schema, retired, options.known),
    ...(changesOrderOfKeys(replica.schema, schema) ? { reordered: true as const } : {}),
    added: columnsToAdd(replica.schema, schema),
  };
}

function retiredOf({ comments }: ReadTable): ReadonlySet<string> {
  const retired = [...comments].filter(([, comment]) => comment === retiredComment);
  return new Set(retired.map(([name]) => name.toLowerCase()));
}
