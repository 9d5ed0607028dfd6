import type { Connection, UpsertResult } from 'mariadb';
import type { MysqlAddress } from '../../config/load-config.ts';
import { quoteName } from '../../cdc/schema/quote.ts';
import { AlirError } from '../../errors/alir-error.ts';

/** Maxwell's own defaults. */
const usual = { database: 'maxwell', clientId: 'maxwell' };

/** How Maxwell has come on with one bootstrap. */
export interface BootstrapRow {
  readonly isStarted: boolean;
  readonly isComplete: boolean;
  /** Rows that it has sent. */
  readonly rows: number;
}

export interface BootstrapRequest {
  readonly database: string;
  readonly table: string;
  /** What Maxwell writes behind WHERE, as it is. */
  readonly clause: string;
  /** Copied to every message, by the versions that can. */
  readonly comment: string;
}

type Place = Pick<BootstrapRequest, 'database' | 'table'>;

/** Maxwell's table of bootstraps on the source: who inserts a row there asks for one. */
export class BootstrapTable {
  readonly #connection: Connection;
  readonly #table: string;
  readonly #clientId: string;
  readonly #columns: ReadonlyMap<string, number | null>;

  private constructor(
    connection: Connection,
    table: string,
    clientId: string,
    columns: ReadonlyMap<string, number | null>,
  ) {
    this.#connection = connection;
    this.#table = table;
    this.#clientId = clientId;
    this.#columns = columns;
  }

  /** @throws AlirError MAXWELL_UNAVAILABLE when there is no such table, or it is not to be seen; MYSQL_* */
  static async open(
    connection: Connection,
    { maxwell = usual }: Pick<MysqlAddress, 'maxwell'>,
  ): Promise<BootstrapTable> {
    const { database, clientId } = maxwell;
    type Column = { name: string; length: bigint | number | null };
    const columns = await connection.query<Column[]>(
      'SELECT COLUMN_NAME AS name, CHARACTER_MAXIMUM_LENGTH AS length FROM information_schema.COLUMNS ' +
        "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'bootstrap'",
      [database],
    );
    const name = `${database}.bootstrap`;
    if (columns.length === 0)
      throw new AlirError(
        'MAXWELL_UNAVAILABLE',
        `There is no table ${name} on the source, or its user may not see it: Alir cannot request a bootstrap.`,
        {
          remedy:
            'Start Maxwell, and set MAXWELL_DATABASE to its schema_database; or read from the source instead: --via source.',
        },
      );
    return new BootstrapTable(
      connection,
      `${quoteName(database)}.bootstrap`,
      clientId,
      new Map(columns.map((column) => [column.name, column.length === null ? null : Number(column.length)])),
    );
  }

  /** @throws AlirError MYSQL_ACCESS_DENIED unless rows may be inserted and deleted */
  async checkPrivileges(): Promise<void> {
    await this.#connection.query(
      `EXPLAIN INSERT INTO ${this.#table} (database_name, table_name) VALUES ('', '')`,
    );
    await this.#connection.query(`EXPLAIN DELETE FROM ${this.#table} WHERE id = 0`);
  }

  /** @throws AlirError BOOTSTRAP_FAILED for a clause that this version of Maxwell would cut */
  checkLength(clause: string): void {
    const most = this.#columns.get('where_clause') ?? null;
    if (most === null || clause.length <= most) return;
    throw new AlirError(
      'BOOTSTRAP_FAILED',
      `The keys are too long for Maxwell: the condition has ${clause.length} characters, and Maxwell stores up to ${most}.`,
    );
  }

  /** Inserts the row. @returns its id */
  async ask({ database, table, clause, comment }: BootstrapRequest): Promise<number> {
    this.checkLength(clause);
    const values: Record<string, string> = {
      database_name: database,
      table_name: table,
      where_clause: clause,
      client_id: this.#clientId,
      ...(this.#columns.has('comment') ? { comment } : {}),
    };
    const names = Object.keys(values);
    const { insertId } = await this.#connection.query<UpsertResult>(
      `INSERT INTO ${this.#table} (${names.join(', ')}, created_at) VALUES (${names.map(() => '?').join(', ')}, NOW())`,
      Object.values(values),
    );
    return Number(insertId);
  }

  /** Id of the newest row that asks for exactly this; null: there is none. */
  async idOf({ database, table, clause }: Omit<BootstrapRequest, 'comment'>): Promise<number | null> {
    const [row] = await this.#connection.query<{ id: bigint | number | null }[]>(
      `SELECT MAX(id) AS id FROM ${this.#table} WHERE client_id = ? AND database_name = ? AND table_name = ? ` +
        'AND where_clause = ?',
      [this.#clientId, database, table, clause],
    );
    return row?.id == null ? null : Number(row.id);
  }

  /** How it has come on; null: somebody has deleted its row. */
  async find(id: number): Promise<BootstrapRow | null> {
    type Row = { complete: number; sent: bigint | number; started: bigint | number };
    const [row] = await this.#connection.query<Row[]>(
      'SELECT is_complete AS complete, inserted_rows AS sent, started_at IS NOT NULL AS started ' +
        `FROM ${this.#table} WHERE id = ?`,
      [id],
    );
    if (row === undefined) return null;
    return {
      isStarted: Number(row.started) !== 0,
      isComplete: Number(row.complete) !== 0,
      rows: Number(row.sent),
    };
  }

  /** Whether Maxwell has a bootstrap of the table in hand, or is about to. */
  async isBusyWith({ database, table }: Place): Promise<boolean> {
    const [row] = await this.#connection.query<{ n: bigint | number }[]>(
      `SELECT COUNT(*) AS n FROM ${this.#table} WHERE client_id = ? AND is_complete = 0 AND database_name = ? ` +
        'AND table_name = ? AND (started_at IS NULL OR started_at <= NOW())',
      [this.#clientId, database, table],
    );
    return Number(row?.n ?? 0) > 0;
  }

  /** A text that is another one whenever Maxwell has come on with any of its bootstraps: it does one at a time. */
  async movement(): Promise<string> {
    const [row] = await this.#connection.query<{ moved: string }[]>(
      "SELECT CONCAT_WS(' ', COUNT(*), COUNT(started_at), SUM(is_complete), SUM(inserted_rows)) AS moved " +
        `FROM ${this.#table} WHERE client_id = ?`,
      [this.#clientId],
    );
    return row?.moved ?? '';
  }

  /** Takes a request back: Maxwell ends what it has begun of it. */
  async remove(id: number): Promise<void> {
    await this.#connection.query(`DELETE FROM ${this.#table} WHERE id = ?`, [id]);
  }
}
