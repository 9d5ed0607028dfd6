import type { Connection } from 'mariadb';
import { quoteName } from '../cdc/schema/quote.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import { dataOf } from './table/extra-columns.ts';
import { whyNoTopic } from '../cdc/schema/topic-name.ts';
import { Broken } from '../cdc/types/column-type.ts';
import { keyColumn } from '../cdc/types/columns.ts';
import { AlirError } from '../errors/alir-error.ts';
import { ensureReplicaTable } from './table/ensure-replica-table.ts';
import type { ReplicaContext } from './replica-context.ts';
import { planReplicaTable, type ReplicaPlan } from './table/plan-replica-table.ts';
import { readTableSchema } from '../mysql/schema/read-schema.ts';
import { readSourceSchema, replicaKeyOf } from '../mysql/schema/source-schema.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { ColumnOrders } from './column-orders.ts';
import { KnownDefinitions } from './known-definitions.ts';
import { MaxwellCaptures } from './maxwell-captures.ts';
import { ifVisible, NotVisible } from './not-visible.ts';
import { askBinlogEnd, readSourceServer, serverProblem } from './source-server.ts';
import type { TableName } from '../cdc/schema/table-name.ts';
import { Rereadings } from './rereadings.ts';
import { noteAdded, requestLoad } from '../metadata/table-loads.ts';
import { markTable, readingOf, resumeTable, type TableReading } from '../metadata/table-states.ts';

/** Keeps the definitions of the replica's tables as the source's are, and asks for readings where they have changed. */
export class ReplicaUpdater {
  /** What Maxwell has told of changes of schemas. */
  readonly definitions: KnownDefinitions;
  readonly #place: ReplicaContext;
  readonly #rereadings: Rereadings;
  readonly #orders: ColumnOrders;

  constructor(place: ReplicaContext) {
    this.#place = place;
    const captures = new MaxwellCaptures(place.source);
    this.definitions = new KnownDefinitions(place.nextDdl, () => captures.read());
    this.#rereadings = new Rereadings(place, this.definitions);
    this.#orders = new ColumnOrders(place.source, this.definitions);
  }

  /** Has tables read again whose definitions have changed, by what Maxwell has told until now. */
  requestRereadings(): Promise<void> {
    return this.#rereadings.ask();
  }

  /** Whether a table is to be updated, though its columns are as they were: Maxwell may have misread it. */
  isUnsettled(table: string): boolean {
    return this.#orders.isUnsettled({ database: this.#place.source.database, table });
  }

  /**
   * Reads the schema, makes or changes the replica to suit it, and asks for the table to be read again where no event
   * tells what has changed.
   *
   * @returns null for a table that the source does not have and the replica never had
   * @throws AlirError TABLE_PAUSED, MYSQL_*
   */
  async update(database: string, table: string): Promise<TableSchema | null> {
    const { source, target, replicaDatabase } = this.#place;
    const [schema, server] = await withConnection(source, async (connection) => [
      await readSourceSchema(connection, database, table, (name) =>
        withConnection(target, (other) => replicaKeyOf(other, replicaDatabase)(name)),
      ),
      await readSourceServer(connection, source),
    ]);
    const problem = serverProblem(server);
    if (problem !== null) return this.#pause({ database, table }, 'paused', problem);
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
    const disorder = await this.#orders.problemOf(schema);
    if (disorder !== null) {
      // What Maxwell misread until it knows better is in the topic: the table is read after that.
      await this.#rereadings.request(schema, 'Maxwell misread it');
      return this.#pause(schema, 'paused', disorder);
    }
    const plan = await withConnection(target, (connection) => this.#suit(connection, schema).catch(asPause));
    if ('refused' in plan) return this.#pause(schema, 'refused', plan.refused);
    if ('paused' in plan) return this.#pause(schema, 'paused', plan.paused);
    await resumeTable(this.#place.database, schema);
    // It was gone, and has come back as it was.
    const { state } = await readingOf(this.#place.database, schema);
    if (state === 'dropped') await this.#rereadings.request(schema, 'the table has come back');
    return schema;
  }

  async #suit(connection: Connection, schema: TableSchema): Promise<ReplicaPlan> {
    const { database, source, replicaDatabase } = this.#place;
    const unfit = whyNoTopic(schema) ?? unfitKey(schema);
    if (unfit !== null) return { refused: unfit };
    const reading = await readingOf(database, schema);
    const options = { known: knownColumns(reading) };
    let plan = await planReplicaTable(connection, schema, replicaDatabase, options);
    // A first load waits for nothing: what comes later from before it is followed by the rest of the same stream.
    let waitFor: string | null = null;
    if ('paused' in plan) {
      await this.definitions.read();
      const end = await askBinlogEnd(source);
      if (!this.definitions.log.isReplacedSince(schema, lastSuited(reading), end)) return plan;
      // Another table of the same name: nothing of the old one is in the source any more.
      await connection.query(`DROP TABLE ${quoteName(replicaDatabase)}.${quoteName(schema.table)}`);
      plan = await planReplicaTable(connection, schema, replicaDatabase);
      // Its events must all be in Kafka before: none of them tells that its rows went with it.
      waitFor = end;
    }
    if (!('statements' in plan) || plan.statements.length === 0) return plan;
    // Before it is altered: a process that dies in between would leave a table that nobody reads again.
    if (plan.created) {
      const madeAt = { position: await ifVisible(askBinlogEnd(source)) };
      if (!isTriedAgain(reading))
        await requestLoad(database, schema, { waitFor, askedBy: 'definition', madeAt });
    } else if (plan.reordered && reading.state === 'loading')
      await requestLoad(database, schema, { waitFor: await askBinlogEnd(source), askedBy: 'definition' });
    else if (plan.reread) await this.#rereadings.request(schema, 'its columns have changed');
    const done = await ensureReplicaTable(connection, schema, replicaDatabase, options);
    if ('statements' in done) await noteAdded(database, schema, done.added);
    return done;
  }

  async #pause(source: TableName, state: 'paused' | 'refused', reason: string): Promise<never> {
    await markTable(this.#place.database, source, state, reason);
    throw new AlirError('TABLE_PAUSED', `${source.database}.${source.table} waits: ${reason}`);
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

/** The server refused to create the table before: the load that was asked for then has not begun, and is still owed. */
function isTriedAgain({ state, isPending, requestedAt }: TableReading): boolean {
  return state === 'refused' && isPending && requestedAt !== null;
}

/**
 * What is known of the last reading that the replica's table suited: one in hand has not put a row into it yet, though
 * it covers what came before it began, nor has a first one that only waits, whenever it was asked for last.
 */
function lastSuited(reading: TableReading): TableReading {
  const isUnread = reading.isPending && reading.covers === null;
  if (!reading.isInHand && !isUnread) return reading;
  return { ...reading, covers: reading.madePosition, sinceMs: reading.madeMs };
}

/** The columns, in lower case, that the replica has been given; null: it is not known. */
function knownColumns({ definition }: TableReading): ReadonlySet<string> | null {
  if (definition === null) return null;
  const names = [...definition.columns.map(({ name }) => name), ...definition.added];
  return new Set(names.map((name) => name.toLowerCase()));
}

/** What must be known before a table is read again may not be seen: it waits, with the grant to give. */
function asPause(error: unknown): ReplicaPlan {
  if (error instanceof NotVisible) return { paused: `${error.message} ${error.remedy}` };
  throw error;
}
