import { isGeometry, isText, labelled, printed, text } from './compare.ts';
import { hasRows, readTables, type ComparedColumn, type ComparedTable, type Reader } from './read-tables.ts';

/** Rows of a table that are named. */
const namedAtMost = 5;

interface Row {
  readonly id: string;
  readonly label: string;
  readonly [column: `c${number}`]: string | null;
}

/**
 * Compares databases of two servers, row by row: each server writes its rows as texts that are the same on MySQL and
 * MariaDB, in SQL. Nothing of what it tests is part of it. What it allows and returns is as in `differences`.
 */
export async function differencesOfServers(
  source: Reader,
  replica: Reader,
  sourceDatabase: string,
  replicaDatabase: string,
): Promise<string[]> {
  const left = await readTables(source, sourceDatabase);
  const right = await readTables(replica, replicaDatabase);
  const found: string[] = [];
  for (const [name, table] of left) {
    const copy = right.get(name);
    const absent = [...table.columns.keys()].filter((column) => copy?.columns.has(column) === false);
    if (copy === undefined) found.push(`${name}: the replica has no such table`);
    else if (table.key.length === 0) found.push(`${name}: no key by which to compare`);
    else if (absent.length > 0) found.push(`${name}: the replica lacks the columns ${absent.join(', ')}`);
    else
      found.push(
        ...rowDifferences(table, await rowsOf(source, table), await rowsOf(replica, table, copy.path)),
      );
  }
  for (const [name, table] of right) {
    if (!left.has(name) && (await hasRows(replica, table)))
      found.push(`${name}: the source has no such table, the replica has rows of it`);
  }
  return found;
}

function othersOf({ columns, key }: ComparedTable): string[] {
  return [...columns.keys()].filter((column) => !key.includes(column));
}

/** The rows of a table by the bytes of their keys; `table` says how they are written on either side. */
async function rowsOf(
  connection: Reader,
  table: ComparedTable,
  path = table.path,
): Promise<Map<string, Row>> {
  const columnOf = (name: string) => table.columns.get(name) as ComparedColumn;
  const parts = table.key.map((name) => printed(columnOf(name)));
  const labels = table.key.map((name) => `CONCAT(${text(`${name}=`)}, ${labelled(columnOf(name))})`);
  const values = othersOf(table).map((name, i) => `, SHA2(${written(columnOf(name))}, 256) AS c${i}`);
  const rows = await connection.query<Row[]>(
    `SELECT SHA2(CONCAT_WS('|', ${parts.join(', ')}), 256) AS id, ` +
      `CONVERT(CONCAT_WS(', ', ${labels.join(', ')}) USING utf8mb4) AS label${values.join('')} FROM ${path}`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** A value as a text in ASCII, without loss; a FLOAT is shown with all digits of a DOUBLE, as it is with six alone. */
function written({ sql, type }: ComparedColumn): string {
  if (isText(type)) return `HEX(CONVERT(${sql} USING utf8mb4))`;
  if (isGeometry(type)) return `HEX(ST_AsBinary(${sql}))`;
  if (type === 'float' || type === 'double') return `CAST(${sql} + 0e0 AS CHAR)`;
  return type === 'bit' ? `CAST(${sql} + 0 AS CHAR)` : printed({ sql, type });
}

function rowDifferences(table: ComparedTable, left: Map<string, Row>, right: Map<string, Row>): string[] {
  const others = othersOf(table);
  const labels = new Map<string, string[]>();
  const note = (problem: string, { label }: Row) =>
    void (labels.get(problem)?.push(label) ?? labels.set(problem, [label]));
  for (const [id, row] of left) {
    const copy = right.get(id);
    if (copy === undefined) note('missing', row);
    else {
      const wrong = others.filter((_, i) => row[`c${i}`] !== copy[`c${i}`]);
      if (wrong.length > 0) note(wrong.join(', '), row);
    }
  }
  for (const [id, row] of right) if (!left.has(id)) note('surplus', row);
  return [...labels].map(
    ([problem, rows]) =>
      `${table.name}: ${rows.length} ${problem}: ${rows.sort().slice(0, namedAtMost).join('; ')}`,
  );
}
