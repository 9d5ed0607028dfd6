import type { TargetTable } from '../pipelines/pipeline.ts';
import { dataColumns } from './changes.ts';

/** The statements that apply a batch to one table. Each takes its data as one JSON parameter. */
export interface TableStatements {
  /** Locks the rows of the keys and tells what they hold: `held`, "key …version fingerprint". */
  readonly rows: string;
  /** The fences of the keys: `held`, "key …version". */
  readonly fences: string;
  readonly fence: string;
  readonly remove: string;
  /** Writes the rows that are newer than what the table holds. */
  readonly upsert: string;
}

/**
 * For text columns of JSON_TABLE. MariaDB gives them the database's own character set and makes question marks of what
 * that lacks; MySQL always takes utf8mb4, and reads this as a comment (8.0.12 does not know the clause).
 */
export const utf8 = ' /*M! CHARACTER SET utf8mb4 */';

const built = new WeakMap<TargetTable, Map<boolean, TableStatements>>();

/** The table's statements, built once from its constants: no data is ever part of a statement's text. */
export function statementsFor(table: TargetTable, rewrite: boolean): TableStatements {
  const variants = built.get(table) ?? new Map<boolean, TableStatements>();
  built.set(table, variants);
  const statements = variants.get(rewrite) ?? build(table, rewrite);
  variants.set(rewrite, statements);
  return statements;
}

function build(table: TargetTable, rewrite: boolean): TableStatements {
  const name = quote(table.name);
  const key = quote(table.keyColumn);
  const columns = table.columns.map((column) => quote(column.name));
  const versions = table.versionColumns.map(quote);
  const fences = table.versionColumns.map((_, index) => `v${index + 1}`);
  if (fences.length > 6) throw new Error(`${table.name}: etl_fences has room for six version columns`);

  const tuple = (prefix: string, names: readonly string[]): string =>
    `(${names.map((n) => prefix + n).join(', ')})`;
  const incoming = tuple('t.', fences);
  // A requested re-read also rewrites what has the very same position; nothing ever beats a newer one.
  const beats = rewrite ? '>=' : '>';

  // No typed columns in JSON_TABLE: what does not fit is wrapped, cut or made NULL without a word (MySQL 8.0.12 keeps
  // 32 bits of a BIGINT). Numbers come as text and are cast; data comes as LONGTEXT and reaches the target's own
  // columns as text, where strict mode raises what does not fit.
  const numbers = fences.map((v) => `CAST(j.${v} AS SIGNED) AS ${v}`);
  const rowsOf = (...extra: readonly (readonly [name: string, type: string])[]): string => {
    const columns = [['k', 'VARCHAR(20)'], ...fences.map((v) => [v, 'VARCHAR(20)']), ...extra];
    const paths = columns.map(([column, type], index) => `${column} ${type}${utf8} PATH '$[${index}]'`);
    const selected = ['j.k', ...numbers, ...extra.map(([column]) => `j.${column}`)];
    return `(SELECT ${selected.join(', ')} FROM JSON_TABLE(?, '$[*]' COLUMNS (${paths.join(', ')})) j) t`;
  };
  // In a derived table: MySQL 8.0.12 refuses FOR UPDATE beside a bare JSON_TABLE (error 3569).
  const keys = `(SELECT j.k FROM JSON_TABLE(?, '$[*]' COLUMNS (k VARCHAR(20)${utf8} PATH '$')) j) t`;

  const sameKey = `x.${key} = CAST(t.k AS UNSIGNED)`; // a text compared with a BIGINT would go through doubles
  const held = (first: string, prefix: string, names: readonly string[]): string =>
    [first, ...names.map((column) => prefix + column)].join(', ');

  return {
    // STRAIGHT_JOIN: from the few keys to the rows, never a scan of the table, which would lock all of it.
    rows:
      `SELECT CONCAT_WS(' ', ${held(`x.${key}`, 'x.', versions)}, ${fingerprintOf(dataColumns(table))}) AS held ` +
      `FROM ${keys} STRAIGHT_JOIN ${name} x ON ${sameKey} FOR UPDATE`,

    // Not locked: locked gaps between the fences of two tables would make their writers deadlock. Writers of one table
    // take turns, so what it reads is current.
    fences:
      `SELECT CONCAT_WS(' ', ${held('t.k', 'f.', fences)}) AS held FROM ${keys} STRAIGHT_JOIN etl_fences f ` +
      `ON f.target_table = '${table.name}' AND f.kind = 'key' AND f.key_hash = UNHEX(MD5(t.k))`,

    fence:
      `INSERT INTO etl_fences (target_table, kind, key_hash, key_text, ${fences.join(', ')}, created_at) ` +
      `SELECT '${table.name}', 'key', UNHEX(MD5(t.k)), t.k, ${fences.map((v) => `t.${v}`).join(', ')}, UTC_TIMESTAMP(6) ` +
      `FROM ${rowsOf()} ON DUPLICATE KEY UPDATE ${versionAssignments('etl_fences', fences).join(', ')}`,

    remove:
      `DELETE x FROM ${rowsOf()} STRAIGHT_JOIN ${name} x ON ${sameKey} ` +
      `WHERE ${incoming} ${beats} ${tuple('x.', versions)}`,

    upsert:
      `INSERT INTO ${name} (${[key, ...versions, ...columns].join(', ')}) SELECT t.* ` +
      `FROM ${rowsOf(...columns.map((_, index) => [`c${index}`, 'LONGTEXT'] as const))} ` +
      `ON DUPLICATE KEY UPDATE ${[
        ...columns.map((c) => `${c} = IF(${newer(name, versions, beats)}, VALUES(${c}), ${name}.${c})`),
        ...versionAssignments(name, versions),
      ].join(', ')}`,
  };
}

/**
 * Both sides of the IFs are the column's own type (VALUES(c) is the converted value), so that a row which stays keeps
 * its bits; with the raw text on one side a FLOAT that stays is rounded.
 */
function newer(table: string, columns: readonly string[], sign: string): string {
  const incoming = columns.map((name) => `VALUES(${name})`).join(', ');
  return `(${incoming}) ${sign} (${columns.map((name) => `${table}.${name}`).join(', ')})`;
}

/**
 * Assignments run from left to right and see what was assigned before them. So the data columns come first, and the
 * version columns go from the least significant to the most: each compares only itself and what is above it, which
 * still holds the old values. >= is right without what is below: if all of that is equal, assigning changes nothing.
 */
function versionAssignments(table: string, columns: readonly string[]): string[] {
  return columns
    .map((column, index) => {
      const sign = index === columns.length - 1 ? '>' : '>=';
      return `${column} = IF(${newer(table, columns.slice(0, index + 1), sign)}, VALUES(${column}), ${table}.${column})`;
    })
    .reverse();
}

/** The same text as `fingerprint` in changes.ts, from the row in the table. */
function fingerprintOf(columns: readonly string[]): string {
  const parts = columns.map((column) => {
    const text = `CONVERT(x.${quote(column)} USING utf8mb4)`;
    return `IFNULL(CONCAT(LENGTH(${text}), ':', ${text}), 'N')`;
  });
  return `MD5(CONCAT(${parts.join(', ')}))`;
}

/** Names come from constants of the code; anything but a plain identifier is a mistake there. */
export function quote(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name))
    throw new Error(`${JSON.stringify(name)} is not an identifier`);
  return `\`${name}\``;
}
