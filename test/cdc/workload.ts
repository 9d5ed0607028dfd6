import { AlirError } from '../../src/errors/alir-error.ts';
import { classifyMysqlError, mysqlFailureOf } from '../../src/mysql/mysql-error.ts';
import { Random } from '../../src/lab/simulator/random.ts';
import { Draft } from './draft.ts';
import { firstDesigns, type Source } from './mariadb-designs.ts';
import { kindsNamed, planChange } from './schema-changes/kinds.ts';
import { rowsFor, type ChangeKind, type Scene } from './schema-changes/scene.ts';
import {
  createStepsTable, doneBefore, plain, recordOf, type PlannedStep, type Statement, type Step,
} from './step.ts'; // prettier-ignore
import { tableState, type TableState } from './table-state.ts';
import { createTable, quoted, stepsTable, type TableDesign } from './tables.ts';
import { largeChanges, ordinaryChanges, partlyTakenBack } from './transactions.ts';

/** The part of a driver connection that the workload uses. */
export interface SourceConnection {
  query(sql: string, values?: unknown): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error', listener: () => void): unknown;
}

export interface WorkloadOptions {
  /** Rows of a large transaction, default 2,000. */
  readonly largeRows?: number;
  /** Change the schema, and empty tables; default true. */
  readonly schemaChanges?: boolean;
  /** The share of steps that begin such a change; default 0.02. */
  readonly changes?: number;
  /** Names of the only kinds of such changes, as in schema-changes/kinds.ts; default: all that a replica can follow. */
  readonly kinds?: readonly string[] | undefined;
  /** The server whose tables these are; default mysql. */
  readonly source?: Source;
}

export interface WorkloadSummary {
  readonly seed: number;
  /** Steps that are done: a transaction or a schema change each. */
  readonly steps: number;
  /** Kind of step to how many there were. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly statements: number;
  /** Steps that were begun again after a lost connection or a deadlock. */
  readonly repeated: number;
}

/** Where the work is done. */
export interface WorkloadPlace {
  /** Connects to the server, with no database: it may be gone for a moment. */
  readonly connect: () => Promise<SourceConnection>;
  readonly database: string;
}

const attemptsAtConflicts = 10;
/** How long the end of a statement is waited for whose connection was lost (seconds). */
const formerSessionWithin = 120;
const unknownDatabase = 1049;
const unknownTable = 1146;

/**
 * Random work on a source database, as many applications at once would do it. All of it follows from the seed and from
 * nothing that the server answers, so the seed alone repeats a run.
 *
 * A step that was cut off by a lost connection is finished by the next call: every transaction leaves its number in
 * `workload_steps`, which tells whether it was committed.
 */
export class Workload {
  readonly seed: number;
  readonly #place: WorkloadPlace;
  readonly #largeRows: number;
  #share: number;
  readonly #changes: readonly ChangeKind[];
  readonly #random: Random;
  readonly #designs: readonly TableDesign[];
  readonly #scene: Scene;
  /** Steps of a change of several that are still to be done. */
  readonly #planned: PlannedStep[] = [];
  readonly #kinds = new Map<string, number>();
  #connection: SourceConnection | null = null;
  #unfinished: Step | null = null;
  #steps = 0;
  #serial = 0;
  #statements = 0;
  #repeated = 0;

  constructor(seed: number, place: WorkloadPlace, options: WorkloadOptions = {}) {
    const { largeRows = 2000, schemaChanges = true, changes = 0.02, kinds, source = 'mysql' } = options;
    this.seed = seed;
    this.#place = place;
    this.#largeRows = largeRows;
    this.#share = schemaChanges ? changes : 0;
    this.#changes = kindsNamed(kinds);
    const random = new Random(seed);
    this.#random = random;
    this.#designs = firstDesigns(source, random);
    const state = this.#designs.map((design) => tableState(design));
    this.#scene = { state, random, source, database: place.database, serial: () => ++this.#serial };
  }

  /** Creates the tables, in a database that has none of them. */
  async prepare(): Promise<void> {
    const connection = await this.#connected();
    await connection.query(createStepsTable);
    for (const [i, design] of this.#designs.entries()) {
      await connection.query(createTable(design));
      const rows = rowsFor(this.#scene, this.#scene.state[i] as TableState, design.rows ?? 0);
      for (const { sql, values } of rows.statements) await connection.query(sql, values);
    }
  }

  /**
   * Does one step.
   *
   * @throws AlirError MYSQL_UNAVAILABLE when the connection was lost: the next call finishes the step. Anything else is
   *   a mistake of the workload, and names seed, step and statement.
   */
  async step(): Promise<void> {
    const isRepeated = this.#unfinished !== null;
    const step = (this.#unfinished ??= this.#nextStep());
    if (isRepeated) this.#repeated++;
    try {
      const connection = await this.#connected();
      if (!isRepeated || !(await isRecorded(connection, step)))
        await this.#perform(connection, step, isRepeated);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#unfinished = null;
    this.#steps = step.number;
    this.#statements += step.statements.length;
    this.#kinds.set(step.kind, (this.#kinds.get(step.kind) ?? 0) + 1);
  }

  /** Does steps until `isEnough`, with `between` after each. */
  async run(isEnough: (summary: WorkloadSummary) => boolean, between?: () => Promise<void>): Promise<void> {
    while (!isEnough(this.summary)) {
      await this.step();
      await between?.();
    }
  }

  /** Does that many steps with rows alone: as the tables are now, live changes must arrive in them too. */
  async runRows(steps: number): Promise<void> {
    this.#share = 0;
    const until = this.#steps + this.#planned.length + steps;
    await this.run((summary) => summary.steps >= until);
  }

  get summary(): WorkloadSummary {
    return {
      seed: this.seed,
      steps: this.#steps,
      kinds: Object.fromEntries([...this.#kinds].sort()),
      statements: this.#statements,
      repeated: this.#repeated,
    };
  }

  /** Closes the connection; another step opens a new one. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.end().catch(() => undefined);
  }

  async #connected(): Promise<SourceConnection> {
    if (this.#connection !== null) return this.#connection;
    const { connect, database } = this.#place;
    try {
      const connection = await connect();
      // Told between two queries, a loss would end the process; the next query fails of it anyway.
      connection.on('error', () => undefined);
      this.#connection = connection;
      // Held by the session: what a connection that was lost has begun is over when the next one gets it.
      const [lock] = await rowsOf<{ held: unknown }>(connection, {
        sql: 'SELECT GET_LOCK(?, ?) AS held',
        values: [`workload ${database}`, formerSessionWithin],
      });
      if (lock !== undefined && Number(lock.held) !== 1) throw new Error('The former session has not ended');
      await connection.query(`USE ${quoted(database)}`).catch(async (error: unknown) => {
        // Cut off between the two, it is made again by the same step.
        if (mysqlFailureOf(error).number !== unknownDatabase) throw error;
        await connection.query(`CREATE DATABASE ${quoted(database)} CHARACTER SET utf8mb4`);
        await connection.query(`USE ${quoted(database)}`);
      });
      return connection;
    } catch (error) {
      await this.close();
      throw classifyMysqlError(error);
    }
  }

  #nextStep(): Step {
    const number = this.#steps + 1;
    const planned = this.#planned.shift();
    if (planned !== undefined) return { ...planned, number };
    if (this.#random.chance(this.#share)) {
      const [first, ...others] = planChange(this.#changes, this.#scene) ?? [];
      this.#planned.push(...others);
      if (first !== undefined) return { ...first, number };
    }
    return { ...this.#transaction(), number };
  }

  #transaction(): PlannedStep {
    const random = this.#random;
    const { state, serial } = this.#scene;
    const draft = new Draft(random, serial);
    const kind = random.whole(1000);
    let name = 'ordinary';
    if (kind < 15) {
      name = 'large';
      largeChanges(draft, state, this.#largeRows);
    } else if (kind < 45) {
      name = 'partly taken back';
      partlyTakenBack(draft, state);
    } else ordinaryChanges(draft, state);
    if (!random.chance(0.06)) return draft.committed(name);
    draft.undo();
    return { kind: `${name}, rolled back`, statements: draft.statements, ending: 'ROLLBACK' };
  }

  async #perform(connection: SourceConnection, step: Step, isRepeated: boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (step.ending === 'none') await this.#changeSchema(connection, step, isRepeated || attempt > 1);
        else await this.#transact(connection, step);
        return;
      } catch (error) {
        // Whoever reads the source with locks may be in the way.
        const isConflict = error instanceof AlirError && error.code === 'MYSQL_CONFLICT';
        if (!isConflict || attempt === attemptsAtConflicts) throw error;
        await connection.query('ROLLBACK');
        this.#repeated++;
      }
    }
  }

  async #changeSchema(connection: SourceConnection, step: Step, mayBeDone: boolean): Promise<void> {
    const { doneWhen } = step;
    const isDone = mayBeDone && doneWhen !== undefined && (await rowsOf(connection, doneWhen)).length > 0;
    for (const statement of isDone ? [] : step.statements) {
      await this.#run(connection, step, statement).catch((error: unknown) => {
        const { number } = mysqlFailureOf((error as Error).cause);
        if (!mayBeDone || number === null || !doneBefore.has(number)) throw error;
      });
    }
    await this.#run(connection, step, recordOf(step));
  }

  async #transact(connection: SourceConnection, step: Step): Promise<void> {
    // Its number first, so that a transaction ends with the rows that it is about.
    for (const statement of [plain('BEGIN'), recordOf(step), ...step.statements, plain(step.ending)])
      await this.#run(connection, step, statement);
  }

  async #run(connection: SourceConnection, step: Step, { sql, values }: Statement): Promise<void> {
    try {
      await connection.query(sql, values);
    } catch (error) {
      const known = classifyMysqlError(error);
      if (known instanceof AlirError && /^MYSQL_(UNAVAILABLE|CONFLICT)$/.test(known.code)) throw known;
      const where = `seed ${this.seed}, step ${step.number} (${step.kind})`;
      throw new Error(`${where}: ${mysqlFailureOf(error).text.slice(0, 300)}\n${sql.slice(0, 500)}`, {
        cause: error,
      });
    }
  }
}

async function isRecorded(connection: SourceConnection, { number }: Step): Promise<boolean> {
  try {
    const rows = await connection.query(`SELECT step FROM ${stepsTable} WHERE step = ?`, [number]);
    return Array.isArray(rows) && rows.length > 0;
  } catch (error) {
    // The step that makes the database again was cut off.
    if (mysqlFailureOf(error).number === unknownTable) return false;
    throw classifyMysqlError(error);
  }
}

/** @throws as `classifyMysqlError` */
async function rowsOf<Row>(
  connection: SourceConnection,
  { sql, values }: Statement,
): Promise<readonly Row[]> {
  try {
    return (await connection.query(sql, values)) as Row[];
  } catch (error) {
    throw classifyMysqlError(error);
  }
}
