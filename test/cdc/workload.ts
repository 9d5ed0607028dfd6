import { AlirError } from '../../src/errors/alir-error.ts';
import { classifyMysqlError, mysqlFailureOf } from '../../src/database/mysql-error.ts';
import { Random } from '../../src/pipelines/orders/simulator/random.ts';
import { Draft, type Statement } from './draft.ts';
import { changeSchema, doneBefore, truncateTable, type SchemaChange } from './schema-changes.ts';
import { tableState, type TableState } from './table-state.ts';
import { designsOf, type Source } from './mariadb-designs.ts';
import { createTable, stepsTable, type TableDesign } from './tables.ts';
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
  /** Add, widen, rename and drop columns, create and drop tables; default true. */
  readonly schemaChanges?: boolean;
  /** TRUNCATE tables, of which no event tells; default false. */
  readonly truncate?: boolean;
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

interface Step {
  readonly number: number;
  readonly kind: string;
  readonly statements: readonly Statement[];
  readonly ending: 'COMMIT' | 'ROLLBACK' | 'none';
}

const attemptsAtConflicts = 10;

/**
 * Random work on a source database, as many applications at once would do it. All of it follows from the seed and from
 * nothing that the server answers, so the seed alone repeats a run.
 *
 * A step that was cut off by a lost connection is finished by the next call: every transaction leaves its number in
 * `workload_steps`, which tells whether it was committed.
 */
export class Workload {
  readonly seed: number;
  readonly #connect: () => Promise<SourceConnection>;
  readonly #options: Required<WorkloadOptions>;
  readonly #random: Random;
  readonly #designs: readonly TableDesign[];
  readonly #state: TableState[];
  readonly #kinds = new Map<string, number>();
  #connection: SourceConnection | null = null;
  #unfinished: Step | null = null;
  #steps = 0;
  #serial = 0;
  #statements = 0;
  #repeated = 0;

  constructor(seed: number, connect: () => Promise<SourceConnection>, options: WorkloadOptions = {}) {
    this.seed = seed;
    this.#connect = connect;
    this.#options = { largeRows: 2000, schemaChanges: true, truncate: false, source: 'mysql', ...options };
    this.#designs = designsOf(this.#options.source);
    this.#state = this.#designs.map((design) => tableState(design));
    this.#random = new Random(seed);
  }

  /** Creates the tables, in a database that has none of them. */
  async prepare(): Promise<void> {
    const connection = await this.#connected();
    await connection.query(
      `CREATE TABLE ${stepsTable} (step BIGINT UNSIGNED NOT NULL, kind VARCHAR(40) NOT NULL, PRIMARY KEY (step))`,
    );
    for (const design of this.#designs) await connection.query(createTable(design));
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
    try {
      const connection = await this.#connect();
      // Told between two queries, a loss would end the process; the next query fails of it anyway.
      connection.on('error', () => undefined);
      return (this.#connection = connection);
    } catch (error) {
      throw classifyMysqlError(error);
    }
  }

  #nextStep(): Step {
    const { largeRows, schemaChanges, truncate, source } = this.#options;
    const random = this.#random;
    const number = this.#steps + 1;
    const kind = random.whole(1000);
    if (kind < 25 && schemaChanges)
      return schemaStep(number, changeSchema(this.#state, random, ++this.#serial, source));
    if (kind >= 25 && kind < 28 && truncate) return schemaStep(number, truncateTable(this.#state, random));
    const draft = new Draft(random, () => ++this.#serial);
    let name = 'ordinary';
    if (kind >= 40 && kind < 55) {
      name = 'large';
      largeChanges(draft, this.#state, largeRows);
    } else if (kind >= 55 && kind < 85) {
      name = 'partly taken back';
      partlyTakenBack(draft, this.#state);
    } else ordinaryChanges(draft, this.#state);
    if (random.chance(0.06)) {
      draft.undo();
      return { number, kind: `${name}, rolled back`, statements: draft.statements, ending: 'ROLLBACK' };
    }
    return { number, kind: name, statements: draft.statements, ending: 'COMMIT' };
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
    for (const statement of step.statements) {
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

function plain(sql: string): Statement {
  return { sql, values: [] };
}

function schemaStep(number: number, { kind, sql }: SchemaChange): Step {
  return { number, kind, statements: [plain(sql)], ending: 'none' };
}

function recordOf({ number, kind }: Step): Statement {
  return { sql: `INSERT INTO ${stepsTable} (step, kind) VALUES (?, ?)`, values: [number, kind] };
}

async function isRecorded(connection: SourceConnection, { number }: Step): Promise<boolean> {
  try {
    const rows = await connection.query(`SELECT step FROM ${stepsTable} WHERE step = ?`, [number]);
    return Array.isArray(rows) && rows.length > 0;
  } catch (error) {
    throw classifyMysqlError(error);
  }
}
