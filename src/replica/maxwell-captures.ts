import type { Capture } from '../cdc/schema/schema-history.ts';
import { quoteName } from '../cdc/schema/quote.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import { mysqlErrorNumber, withConnection } from '../mysql/server-connection.ts';
import { ifVisible, unlessDenied } from './not-visible.ts';

/**
 * Where Maxwell began anew: it took the definitions of all tables as they were then, since those that it had were
 * retired (`alir maxwell recover`). What happened before, and it had not read, is in no topic.
 */
export class MaxwellCaptures {
  readonly #source: MysqlAddress;
  #newestId: number | null = null;
  #known: readonly Capture[] = [];

  constructor(source: MysqlAddress) {
    this.#source = source;
  }

  /**
   * All of them, in their order; none where Maxwell's definitions may not be seen.
   *
   * @throws AlirError MYSQL_*
   */
  async read(): Promise<readonly Capture[]> {
    const { user, maxwell = { database: 'maxwell' } } = this.#source;
    const schemas = `${quoteName(maxwell.database)}.\`schemas\``;
    const found = await ifVisible(
      withConnection({ ...this.#source, database: '' }, async (connection) => {
        const ask = <Row>(sql: string): Promise<Row[]> =>
          unlessDenied(connection.query<Row[]>(sql), {
            what: `${user} may not read ${maxwell.database}.schemas.`,
            grant: `GRANT SELECT ON ${quoteName(maxwell.database)}.* TO '${user}'@…`,
          }).catch((error: unknown): Row[] => {
            if (missing.has(mysqlErrorNumber(error) ?? 0)) return [];
            throw error;
          });
        const [newest] = await ask<{ id: bigint | number | null }>(`SELECT MAX(id) AS id FROM ${schemas}`);
        const newestId = newest?.id == null ? null : Number(newest.id);
        if (newestId === this.#newestId) return this.#known;
        type Row = { id: bigint | number; file: string; offset: bigint | number };
        // Definitions that Maxwell has merely put together stand behind ones that are in use.
        const rows = await ask<Row>(
          `SELECT s.id, s.binlog_file AS file, s.binlog_position AS \`offset\` FROM ${schemas} s ` +
            'WHERE s.base_schema_id IS NULL AND s.server_id = @@GLOBAL.server_id AND ' +
            `(SELECT p.deleted FROM ${schemas} p WHERE p.server_id = s.server_id AND p.id < s.id ` +
            'ORDER BY p.id DESC LIMIT 1) = 1 ORDER BY s.id',
        );
        this.#newestId = newestId;
        return rows.map(({ id, file, offset }) => ({ schemaId: Number(id), position: `${file}:${offset}` }));
      }),
    );
    this.#known = found ?? this.#known;
    return this.#known;
  }
}

/** No such database, no such table. */
const missing = new Set([1049, 1146]);
