import type { MysqlAddress } from '../../config/load-config.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { losesOften, lossesOf } from '../../cdc/types/columns.ts';
import type { Database } from '../../mysql/connection.ts';
import { listTableStates, type TableState } from '../../metadata/table-states.ts';
import { readTableSchemas } from '../../mysql/schema/read-schema.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { messageOf } from '../../errors/alir-error.ts';
import { lagBehindSource } from '../../observability/replication-lag.ts';
import { findTable, topicOf } from '../../pipelines/cdc/cdc.ts';

/** What waits in a topic. */
export interface TopicLag {
  readonly records: number;
  /** Since the oldest change that waits was made in the source; 0: none waits; null: it cannot be told. */
  readonly seconds: number | null;
}

/** A source table and how far its replica is. */
export interface TableStatus {
  readonly database: string;
  readonly table: string;
  /** Null: nobody has looked at it yet. */
  readonly state: TableState['state'] | null;
  readonly reason: string | null;
  /** Null: the target is away, and the state is not known. */
  readonly loadedRows: number | null;
  /** Null: Kafka is away. */
  readonly lagRecords: number | null;
  /**
   * From the source's commit to ours (to now, while it is still to come) of the oldest change that waits, or for how long
   * Maxwell has passed nothing, whichever is more; null: it cannot be told.
   */
  readonly lagSeconds: number | null;
  /** Columns that lose values on the way through Maxwell. */
  readonly losses: readonly {
    readonly column: string;
    readonly sentences: readonly string[];
    /** Whether it loses values that people commonly keep in it. */
    readonly often: boolean;
  }[];
}

export interface ReplicaStatus {
  readonly tables: readonly TableStatus[];
  /** Why the source could not be asked; then losses and tables that are new are not known. Null: it could. */
  readonly sourceProblem: string | null;
}

/**
 * The tables that the source has, those that the replica has seen, and those of which records wait.
 *
 * @param database null: away
 * @param lags what waits, by topic; null: Kafka is away
 * @param lagOfMaxwell seconds; null: not known
 */
export async function readReplicaStatus(
  source: MysqlAddress,
  database: Database | null,
  lags: ReadonlyMap<string, TopicLag> | null,
  lagOfMaxwell: number | null,
): Promise<ReplicaStatus> {
  const [states, { schemas, problem }] = await Promise.all([
    database === null ? [] : listTableStates(database),
    readSchemas(source),
  ]);
  const names = new Map<string, { database: string; table: string }>();
  for (const each of [...schemas, ...states, ...tablesThatWait(lags ?? new Map<string, TopicLag>())])
    names.set(topicOf(each.database, each.table), { database: each.database, table: each.table });
  const stateOf = new Map(states.map((state) => [topicOf(state.database, state.table), state]));
  const schemaOf = new Map(schemas.map((schema) => [topicOf(schema.database, schema.table), schema]));
  const tables = [...names].map(([topic, name]): TableStatus => {
    const state = stateOf.get(topic);
    const schema = schemaOf.get(topic);
    const lag = lags === null ? null : (lags.get(topic) ?? { records: 0, seconds: 0 });
    return {
      ...name,
      state: state?.state ?? null,
      reason: state?.reason ?? null,
      loadedRows: database === null ? null : (state?.loadedRows ?? 0),
      lagRecords: lag?.records ?? null,
      lagSeconds: lagBehindSource(lag?.seconds ?? null, lagOfMaxwell),
      losses: schema === undefined ? [] : lossesOfTable(schema),
    };
  });
  const key = (status: TableStatus): string => topicOf(status.database, status.table);
  return { tables: tables.sort((a, b) => (key(a) < key(b) ? -1 : 1)), sourceProblem: problem };
}

/** A source that is away keeps nobody from seeing what was loaded and what waits. */
async function readSchemas(
  source: MysqlAddress,
): Promise<{ schemas: readonly TableSchema[]; problem: string | null }> {
  try {
    const schemas = await withConnection(source, (connection) =>
      readTableSchemas(connection, source.database),
    );
    return { schemas, problem: null };
  } catch (error) {
    return { schemas: [], problem: messageOf(error) };
  }
}

function tablesThatWait(lags: ReadonlyMap<string, TopicLag>): { database: string; table: string }[] {
  return [...lags].flatMap(([topic, { records }]) => {
    const table = findTable(topic);
    return records > 0 && table !== null ? [table] : [];
  });
}

function lossesOfTable({ columns }: TableSchema): TableStatus['losses'] {
  return columns.flatMap((column) => {
    const sentences = lossesOf(column);
    return sentences.length === 0 ? [] : [{ column: column.name, sentences, often: losesOften(column) }];
  });
}
