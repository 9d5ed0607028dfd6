import { hasRows, readTables, type ComparedColumn, type ComparedTable, type Reader } from './read-tables.ts';

/** Rows of a table that are named. */
const namedAtMost = 5;

/**
 * Compares two databases of one server, row by row and in SQL alone: nothing of what it tests is part of it.
 *
 * The replica may have more columns than its source; a table that the source no longer has must be empty there.
 *
 * @returns what differs, a line for each table's missing, surplus and different rows; empty: they are equal
 */
export async function differences(
  connection: Reader,
  source = 'app_producer',
  replica = 'app_olap',
): Promise<string[]> {
  const left = await readTables(connection, source);
  const right = await readTables(connection, replica);
  const found: string[] = [];
  for (const [name, table] of left) {
    const copy = right.get(name);
    if (copy === undefined) found.push(`${name}: the replica has no such table`);
    else found.push(...(await tableDifferences(connection, table, copy)));
  }
  for (const [name, table] of right) {
    if (!left.has(name) && (await hasRows(connection, table)))
      found.push(`${name}: the source has no such table, the replica has rows of it`);
  }
  return found;
}

async function tableDifferences(
  connection: Reader,
  source: ComparedTable,
  replica: ComparedTable,
): Promise<string[]> {
  const { name, key } = source;
  if (key.length === 0) return [`${name}: no key by which to compare`];
  const absent = [...source.columns.keys()].filter((column) => !replica.columns.has(column));
  if (absent.length > 0) return [`${name}: the replica lacks the columns ${absent.join(', ')}`];

  const others = [...source.columns.keys()].filter((column) => !key.includes(column));
  // A server that was killed may remember an empty table: it would then join every row with every other.
  await connection.query(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${source.path}, ${replica.path}`);
  // The source's types on both sides: the replica may keep a value in another type, as long as it is the same value.
  const rowsOf = (path: string, columns = others) => canonicalRows(path, source, columns);
  const different = others.map((column, i) => `IF(a.c${i} <=> b.c${i}, NULL, ${text(column)})`);
  const inBoth = different.length === 0 ? 'NULL' : `NULLIF(CONCAT_WS(', ', ${different.join(', ')}), '')`;
  const forward = await grouped(
    connection,
    `SELECT ${apart} a.label, IF(b.id IS NULL, 'missing', ${inBoth}) AS problem ` +
      `FROM ${rowsOf(source.path)} a LEFT JOIN ${rowsOf(replica.path)} b ON a.id = b.id`,
  );
  const backward = await grouped(
    connection,
    `SELECT ${apart} a.label, 'surplus' AS problem ` +
      `FROM ${rowsOf(replica.path, [])} a LEFT JOIN ${rowsOf(source.path, [])} b ON a.id = b.id WHERE b.id IS NULL`,
  );
  return [...forward, ...backward].map(
    ({ problem, number, some }) => `${name}: ${Number(number)} ${problem}: ${some}`,
  );
}

interface Found {
  readonly problem: string;
  readonly number: bigint | number;
  readonly some: string;
}

/** Grouped by what is wrong, so that one kind of difference does not hide another; a few keys of each are named. */
function grouped(connection: Reader, problems: string): Promise<Found[]> {
  const some = `SUBSTRING_INDEX(GROUP_CONCAT(label ORDER BY label SEPARATOR '; '), '; ', ${namedAtMost})`;
  return connection.query(
    `SELECT problem, COUNT(*) AS number, ${some} AS some FROM (${problems}) found ` +
      'WHERE problem IS NOT NULL GROUP BY problem ORDER BY problem',
  );
}

/** Both sides are written down before they are joined: only then does the server put an index on `id`. */
const apart = '/*+ NO_MERGE(a) NO_MERGE(b) */';

/**
 * The rows at `path` as a derived table: `id` identifies the key's bytes, `label` shows the key, `c0` and so on are
 * `others` in comparable form.
 */
function canonicalRows(path: string, { columns, key }: ComparedTable, others: readonly string[]): string {
  const columnOf = (name: string) => columns.get(name) as ComparedColumn;
  const parts = key.map((name) => printed(columnOf(name)));
  const labels = key.map((name) => `CONCAT(${text(`${name}=`)}, ${labelled(columnOf(name))})`);
  const values = others.map((name, i) => `, ${comparable(columnOf(name))} AS c${i}`);
  return (
    `(SELECT SHA2(CONCAT_WS('|', ${parts.join(', ')}), 256) AS id, ` +
    `CONVERT(CONCAT_WS(', ', ${labels.join(', ')}) USING utf8mb4) COLLATE utf8mb4_bin AS label${values.join('')} ` +
    `FROM ${path})`
  );
}

export const isText = (type: string) => /char|text|enum|set/.test(type);
const isBytes = (type: string) => /binary|blob/.test(type);
export const isGeometry = (type: string) => /geom|point|linestring|polygon/.test(type);

/** An expression that is equal under <=> only where the column is: no collation, no rounding for display. */
function comparable({ sql, type }: ComparedColumn): string {
  if (isText(type)) return `CAST(CONVERT(${sql} USING utf8mb4) AS BINARY)`;
  if (isGeometry(type)) return `ST_AsBinary(${sql})`;
  if (type === 'json') return `CAST(${sql} AS JSON)`;
  return type === 'bit' ? `${sql} + 0` : sql;
}

/** The key's bytes in ASCII. */
export function printed({ sql, type }: ComparedColumn): string {
  if (isText(type)) return `HEX(CONVERT(${sql} USING utf8mb4))`;
  return isBytes(type) ? `HEX(${sql})` : `CAST(${sql} AS CHAR)`;
}

/** The key for people: quotes show spaces at its end. */
export function labelled({ sql, type }: ComparedColumn): string {
  if (isText(type)) return `QUOTE(CONVERT(${sql} USING utf8mb4))`;
  return isBytes(type) ? `CONCAT('0x', HEX(${sql}))` : `CAST(${sql} AS CHAR)`;
}

/** A name of a column as an SQL text. */
export function text(name: string): string {
  return `'${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
