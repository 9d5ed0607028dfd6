/** The part of a driver connection that a comparison uses. */
export interface Reader {
  query<T>(sql: string, values?: unknown): Promise<T>;
}

export interface ComparedColumn {
  /** The column's name, quoted. */
  readonly sql: string;
  /** DATA_TYPE in lower case. */
  readonly type: string;
}

export interface ComparedTable {
  readonly name: string;
  /** Database and table, quoted. */
  readonly path: string;
  readonly columns: ReadonlyMap<string, ComparedColumn>;
  /** Columns of the primary key, else of a unique index without NULLs; empty: there is none. */
  readonly key: readonly string[];
}

/** What a database has by way of tables, as the server says now. */
export async function readTables(connection: Reader, database: string): Promise<Map<string, ComparedTable>> {
  const columns = await connection.query<{ t: string; c: string; type: string }[]>(
    'SELECT c.TABLE_NAME AS t, c.COLUMN_NAME AS c, LOWER(c.DATA_TYPE) AS type FROM information_schema.COLUMNS c ' +
      'JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME ' +
      "WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
    [database],
  );
  const keys = await keysOf(connection, database);
  const byTable = new Map<string, Map<string, ComparedColumn>>();
  for (const { t, c, type } of columns) {
    const found = byTable.get(t) ?? new Map<string, ComparedColumn>();
    byTable.set(t, found.set(c, { sql: quoted(c), type }));
  }
  return new Map(
    [...byTable].map(([name, found]) => [
      name,
      { name, path: `${quoted(database)}.${quoted(name)}`, columns: found, key: keys.get(name) ?? [] },
    ]),
  );
}

async function keysOf(connection: Reader, database: string): Promise<Map<string, string[]>> {
  const parts = await connection.query<{ t: string; i: string; c: string; nullable: string }[]>(
    'SELECT TABLE_NAME AS t, INDEX_NAME AS i, COLUMN_NAME AS c, NULLABLE AS nullable ' +
      'FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0 ' +
      "ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX",
    [database],
  );
  const byIndex = new Map<string, { table: string; columns: string[]; isKey: boolean }>();
  for (const { t, i, c, nullable } of parts) {
    const index = byIndex.get(`${t}\n${i}`) ?? { table: t, columns: [], isKey: true };
    index.columns.push(c);
    index.isKey &&= nullable !== 'YES';
    byIndex.set(`${t}\n${i}`, index);
  }
  const keys = new Map<string, string[]>();
  for (const { table, columns, isKey } of byIndex.values())
    if (isKey && !keys.has(table)) keys.set(table, columns);
  return keys;
}

/** Whether a table has a row. */
export async function hasRows(connection: Reader, { path }: ComparedTable): Promise<boolean> {
  return (await connection.query<unknown[]>(`SELECT 1 FROM ${path} LIMIT 1`)).length > 0;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
