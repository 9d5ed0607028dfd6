import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import { quoteName } from '../../cdc/schema/quote.ts';
import type { DdlEvent } from '../../cdc/schema/ddl-event.ts';
import type { SchemaMoment } from '../../cdc/schema/schema-history.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { dataOf } from '../../cdc/replica/extra-columns.ts';
import type { MysqlAddress } from '../../config/load-config.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import { keyColumn } from '../../cdc/types/columns.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { findTable, topicOf } from '../../pipelines/cdc/cdc.ts';
import type { FoundTable, ReplicaTables } from '../../pipelines/pipeline.ts';
import type { Database } from '../connection.ts';
import { ensureReplicaTable } from '../schema/ensure-replica-table.ts';
import { planReplicaTable, type ReplicaPlan } from '../schema/plan-replica-table.ts';
import { readTableSchema } from '../schema/read-schema.ts';
import { withConnection } from '../server-connection.ts';
import { KnownDefinitions } from './known-definitions.ts';
import { hasMaxwellPassed } from './maxwell-position.ts';
import { askSourceServer, readSourceServer } from './source-server.ts';
import { markTable, requestLoad, resumeTable, timesOf } from './table-states.ts';

export interface ReplicaPlace {
  /** The server that Maxwell reads. */
  readonly source: MysqlAddress;
  /** The server of the replica and of the bookkeeping. */
  readonly target: MysqlAddress;
  readonly replicaDatabase: string;
  readonly database: Database;
  /** When Maxwell last saw a table of this name dropped, milliseconds since 1970; null: never. */
  readonly droppedAt: (database: string, table: string) => Promise<number | null>;
  /** What Maxwell told of changes of schemas since the last call; at the first, all that is there. */
  readonly nextDdl: () => Promise<readonly DdlEvent[]>;
}

interface Known {
  readonly found: FoundTable | null;
  readonly schemaId: number | null;
  readonly at: number;
}

/** How long a schema is believed where messages do not tell when it changes. */
const believedMs = 10_000;

const patienceMs = 30_000;
const lookEveryMs = 500;

/** The schemas of the source's tables as a worker knows them, their replicas kept up with them. */
export class SourceSchemas implements ReplicaTables {
  readonly replicaDatabase: string;
  readonly #place: ReplicaPlace;
  readonly #known = new Map<string, Known>();
  #heldTopics: Promise<Set<string>> | undefined;
  readonly #definitions: KnownDefinitions;

  constructor(place: ReplicaPlace) {
    this.#place = place;
    this.#definitions = new KnownDefinitions(place.nextDdl);
    this.replicaDatabase = place.replicaDatabase;
  }

  async find(
    database: string,
    table: string,
    schemaId: number | null,
    writtenAtMs = 0,
  ): Promise<FoundTable | null> {
    // Maxwell's own table of bootstraps comes on a topic of this kind, whatever its filter says.
    if (database !== this.#place.source.database) return null;
    const name = `${database}.${table}`;
    const known = this.#known.get(name);
    const partitionsOf = await this.#partitionsOf(topicOf(database, table));
    if (known && isFresh(known, schemaId)) return known.found && { ...known.found, partitionsOf };
    await this.#definitions.follow(schemaId, writtenAtMs);
    const schema = await this.refresh(database, table);
    const { requestedAt } = await timesOf(this.#place.database, { database, table });
    const { history } = this.#definitions;
    const found = schema && {
      schema,
      readAfter: requestedAt,
      schemaAt: (moment: SchemaMoment) => history.schemaAt(database, table, moment),
    };
    this.#known.set(name, { found, schemaId: maxOf(schemaId, known?.schemaId ?? null), at: Date.now() });
    return found && { ...found, partitionsOf };
  }

  async #partitionsOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const select = { epoch: true, partitions: true };
    const epochs = await this.#place.database.etlTopicEpoch.findMany({ where: { topic }, select });
    return new Map(epochs.map(({ epoch, partitions }) => [epoch, partitions]));
  }

  async readAfter(database: string, table: string): Promise<number | null> {
    const { source, droppedAt } = this.#place;
    const { position } = await askSourceServer(source);
    // What was dropped until now is known when Maxwell has come so far. It may be away: then what is known must do.
    for (let waited = 0; position !== null && waited < patienceMs; waited += lookEveryMs) {
      if (await hasMaxwellPassed(source, position)) break;
      await delay(lookEveryMs);
    }
    await this.#definitions.read();
    const { requestedAt } = await timesOf(this.#place.database, { database, table });
    const dropped = await droppedAt(database, table);
    return requestedAt === null || dropped === null
      ? (requestedAt ?? dropped)
      : Math.max(requestedAt, dropped);
  }

  forget(): void {
    this.#known.clear();
  }

  async hold(topic: string, reason: string): Promise<void> {
    const source = findTable(topic);
    if (source === null) return;
    const held = await this.#held();
    const { state } = await timesOf(this.#place.database, source);
    // What is wrong with the table itself is told already, and ends by itself.
    if (!held.has(topic) && (state === 'paused' || state === 'refused')) return;
    await markTable(this.#place.database, source, 'paused', reason, true);
    held.add(topic);
  }

  async release(topic: string): Promise<void> {
    const held = await this.#held();
    const source = findTable(topic);
    if (!held.delete(topic) || source === null) return;
    await resumeTable(this.#place.database, source, true);
  }

  /** Topics whose tables are held by a batch; an earlier process may have marked them. */
  #held(): Promise<Set<string>> {
    this.#heldTopics ??= this.#place.database.etlReplicaTable
      .findMany({ where: { heldByBatch: true }, select: { sourceDatabase: true, sourceTable: true } })
      .then((rows) => new Set(rows.map((row) => topicOf(row.sourceDatabase, row.sourceTable))));
    return this.#heldTopics;
  }

  /**
   * Reads the schema, makes or changes the replica to suit it, and asks for the table to be read again where no event
   * tells what has changed.
   *
   * @returns null for a table that the source does not have and the replica never had
   * @throws AlirError TABLE_PAUSED, MYSQL_*
   */
  async refresh(database: string, table: string): Promise<TableSchema | null> {
    const { source, target, replicaDatabase } = this.#place;
    const [schema, server] = await withConnection(source, async (connection) => [
      await readTableSchema(connection, database, table),
      await readSourceServer(connection, source),
    ]);
    if (schema === null) {
      const replica = await withConnection(target, (connection) =>
        readTableSchema(connection, replicaDatabase, table),
      );
      return replica && { ...dataOf(replica), database };
    }
    if (server.rowImage !== 'FULL') {
      const why = `binlog_row_image of the source is ${server.rowImage}: its changes are not whole rows. Set it to FULL.`;
      return this.#pause(schema, 'paused', why);
    }
    // What is read from another server has no place in the order of Maxwell's events.
    if (server.readByMaxwell.length > 0 && !server.readByMaxwell.includes(server.id)) {
      const why = `SOURCE_MYSQL_HOST is server ${server.id}, but Maxwell reads server ${server.readByMaxwell.join(', ')}.`;
      return this.#pause(schema, 'paused', why);
    }
    const plan = await withConnection(target, (connection) =>
      this.#suit(connection, schema, server.position),
    );
    if ('refused' in plan) return this.#pause(schema, 'refused', plan.refused);
    if ('paused' in plan) return this.#pause(schema, 'paused', plan.paused);
    await resumeTable(this.#place.database, schema);
    // It was gone, and has come back as it was.
    const { state } = await timesOf(this.#place.database, schema);
    if (state === 'dropped') await requestLoad(this.#place.database, schema, null);
    return schema;
  }

  async #suit(connection: Connection, schema: TableSchema, position: string | null): Promise<ReplicaPlan> {
    const { database, replicaDatabase, droppedAt } = this.#place;
    const unfit = unfitKey(schema);
    if (unfit !== null) return { refused: unfit };
    let plan = await planReplicaTable(connection, schema, replicaDatabase);
    let waitFor = 'statements' in plan && plan.created ? null : position;
    if ('paused' in plan) {
      const { madeAt } = await timesOf(database, schema);
      const dropped = await droppedAt(schema.database, schema.table);
      if (madeAt === null || dropped === null || dropped <= madeAt) return plan;
      // Another table of the same name: nothing of the old one is in the source any more.
      await connection.query(`DROP TABLE ${quoteName(replicaDatabase)}.${quoteName(schema.table)}`);
      plan = await planReplicaTable(connection, schema, replicaDatabase);
      // Its events must all be in Kafka before: none of them tells that its rows went with it.
      waitFor = position;
    }
    if (!('statements' in plan) || plan.statements.length === 0) return plan;
    // Before it is altered: a process that dies in between would leave a table that nobody reads again.
    if (plan.reread) await requestLoad(database, schema, waitFor, plan.created);
    return ensureReplicaTable(connection, schema, replicaDatabase);
  }

  async #pause(schema: TableSchema, state: 'paused' | 'refused', reason: string): Promise<never> {
    await markTable(this.#place.database, schema, state, reason);
    throw new AlirError('TABLE_PAUSED', `${schema.database}.${schema.table} waits: ${reason}`);
  }
}

/** Why the columns of its key cannot be a key here, in a sentence; null when they can. */
function unfitKey(schema: TableSchema): string | null {
  for (const column of schema.columns.filter(({ name }) => schema.key.includes(name))) {
    const key = keyColumn(column);
    if (key instanceof Broken) return `${schema.database}.${schema.table}.${column.name}: ${key.rule}`;
  }
  return null;
}

function isFresh(known: Known, schemaId: number | null): boolean {
  if (schemaId === null) return Date.now() - known.at < believedMs;
  return known.schemaId !== null && schemaId <= known.schemaId;
}

function maxOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
