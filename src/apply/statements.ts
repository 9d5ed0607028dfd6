import { quoteName } from '../cdc/schema/quote.ts';
import { asUtf8 } from '../cdc/types/column-type.ts';
import { rankOf } from '../cdc/types/key-order.ts';
import type { TargetTable } from '../pipelines/pipeline.ts';
import { utf8 } from '../mysql/json-table.ts';
import { byPrimaryKey } from '../mysql/key-index.ts';

/**
 * The statements that apply a batch to one table. Each takes its data as one JSON parameter, marked `json` here. Those
 * that look answer with one row: `found`, how many, and `held`, a line of text for each.
 */
export interface TableStatements {
  /** Locks the rows of the keys and tells what they hold: "number …version fingerprint"; keys count from 1. */
  readonly rows: string;
  /** (json, target): the fences of the keys, "number …version". */
  readonly fences: string;
  /** (target): the newest range that the fences hold, "…version". */
  readonly newestRange: string;
  /** (json, target): the ranges that the keys lie in, "number …version". */
  readonly ranges: string;
  /** (target, json) */
  readonly fence: string;
  readonly remove: string;
  /** Writes the rows that are newer than what the table holds. */
  readonly upsert: string;
}

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
  const name = (table.database === undefined ? '' : `${quoteName(table.database)}.`) + quoteName(table.name);
  const columns = table.columns.map((column) => quoteName(column.name));
  const versions = table.versionColumns.map(quoteName);
  const fences = table.versionColumns.map((_, index) => `v${index + 1}`);
  if (fences.length > 6) throw new Error(`${table.name}: etl_fences has room for six version columns`);

  const tuple = (prefix: string, names: readonly string[]): string =>
    `(${names.map((n) => prefix + n).join(', ')})`;
  // A requested re-read also rewrites what has the very same position; nothing ever beats a newer one.
  const beats = rewrite ? '>=' : '>';

  // No typed columns in JSON_TABLE: what does not fit is wrapped, cut or made NULL without a word (MySQL 8.0.12 keeps
  // 32 bits of a BIGINT). Numbers come as text and are cast; data comes as LONGTEXT and reaches the target's own
  // columns as text, where strict mode raises what does not fit.
  const keyTexts = table.key.map((_, index) => `k${index}`);
  const dataTexts = table.columns.map((_, index) => `c${index}`);
  const numbers = fences.map((v) => `CAST(t.${v} AS SIGNED)`);
  const list = (...columns: readonly (readonly [name: string, type: string])[]): string => {
    const paths = columns.map(([column, type], index) => `${column} ${type}${utf8} PATH '$[${index}]'`);
    // In a derived table: MySQL 8.0.12 refuses FOR UPDATE beside a bare JSON_TABLE (error 3569).
    return `(SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS (i FOR ORDINALITY, ${paths.join(', ')})) j) t`;
  };
  const texts = (names: readonly string[]) => names.map((text) => [text, 'LONGTEXT'] as const);
  const parts = fences.map((v) => [v, 'VARCHAR(20)'] as const);
  const hashed = ['h', 'VARCHAR(32)'] as const;

  // Of the column's own type and collation: a text compared with a BIGINT would go through doubles.
  const keyValues = table.key.map((column, index) => column.fromText(`t.k${index}`));
  const sameKey = table.key
    .map((column, index) => `x.${quoteName(column.name)} = ${keyValues[index]}`)
    .join(' AND ');
  const keyRanks = table.key.map((column, index) => rankOf(column, `t.k${index}`));
  const storedKeys = table.key.map(({ stored, fromText }, index) => (stored ?? fromText)(`t.k${index}`));
  const keyNames = table.key.map((column) => quoteName(column.name));
  const collatedKeys = table.key
    .filter((column) => column.isCollated)
    .map((column) => quoteName(column.name));
  const dataValues = table.columns.map((column, index) => (column.fromText ?? itself)(`t.c${index}`));

  const bound = (column: string): string =>
    table.key
      .map((key, index) =>
        rankOf(key, `JSON_UNQUOTE(JSON_EXTRACT(CONVERT(f.${column} USING utf8mb4), '$[${index}]'))`),
      )
      .join(', ');

  return {
    // STRAIGHT_JOIN: from the few keys to the rows, never a scan of the table, which would lock all of it.
    rows:
      `SELECT ${lines('t.i', ...versions.map((v) => `x.${v}`), fingerprintOf(table))} ` +
      `FROM ${list(...texts(keyTexts))} STRAIGHT_JOIN ${name} x ${byPrimaryKey} ON ${sameKey} FOR UPDATE`,

    // Not locked: locked gaps between the fences of two tables would make their writers deadlock. Writers of one table
    // take turns, so what it reads is current.
    fences:
      `SELECT ${lines('t.i', ...fences.map((v) => `f.${v}`))} FROM ${list(hashed)} ` +
      `STRAIGHT_JOIN etl_fences f ${byPrimaryKey} ON f.target_table = ? AND f.kind = 'key' AND f.key_hash = UNHEX(t.h)`,

    newestRange:
      `SELECT ${lines(...fences)} FROM (SELECT ${fences.join(', ')} FROM etl_fences ${byPrimaryKey} ` +
      `WHERE target_table = ? AND kind = 'range' ` +
      `ORDER BY ${fences.map((v) => `${v} DESC`).join(', ')} LIMIT 1) newest`,

    ranges:
      `SELECT ${lines('t.i', ...fences.map((v) => `f.${v}`))} FROM ${list(...texts(keyTexts))} ` +
      `STRAIGHT_JOIN etl_fences f ${byPrimaryKey} ON f.target_table = ? AND f.kind = 'range' ` +
      `AND (f.range_low IS NULL OR (${keyRanks.join(', ')}) > (${bound('range_low')})) ` +
      `AND (f.range_high IS NULL OR (${keyRanks.join(', ')}) <= (${bound('range_high')}))`,

    fence:
      `INSERT INTO etl_fences (target_table, kind, key_hash, key_text, ${fences.join(', ')}, created_at) ` +
      `SELECT ?, 'key', UNHEX(t.h), t.k, ${numbers.join(', ')}, UTC_TIMESTAMP(6) ` +
      `FROM ${list(hashed, ['k', 'LONGTEXT'], ...parts)} ` +
      `ON DUPLICATE KEY UPDATE ${versionAssignments('etl_fences', fences).join(', ')}`,

    remove:
      `DELETE x FROM ${list(...texts(keyTexts), ...parts)} STRAIGHT_JOIN ${name} x ${byPrimaryKey} ON ${sameKey} ` +
      `WHERE (${numbers.join(', ')}) ${beats} ${tuple('x.', versions)}`,

    upsert:
      `INSERT INTO ${name} (${[...keyNames, ...versions, ...columns].join(', ')}) ` +
      `SELECT ${[...storedKeys, ...numbers, ...dataValues].join(', ')} ` +
      `FROM ${list(...texts(keyTexts), ...parts, ...texts(dataTexts))} ` +
      `ON DUPLICATE KEY UPDATE ${[
        ...collatedKeys.map((c) => `${c} = IF(${newer(name, versions, beats)}, VALUES(${c}), ${name}.${c})`),
        ...table.columns.map(({ name: column, restored = itself }) => {
          const c = quoteName(column);
          return `${c} = IF(${newer(name, versions, beats)}, ${restored(`VALUES(${c})`)}, ${restored(`${name}.${c}`)})`;
        }),
        ...versionAssignments(name, versions),
      ].join(', ')}`,
  };
}

const itself = (text: string): string => text;

/**
 * One text for all rows that are found: a re-read finds thousands, and each would be a row of objects on its way through
 * driver and Prisma. MySQL cuts a text that is too long and only warns, hence the number, and the end of each line.
 */
function lines(...parts: readonly string[]): string {
  return `COUNT(*) AS found, GROUP_CONCAT(CONCAT_WS(' ', ${parts.join(', ')}), '\n' SEPARATOR '') AS held`;
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
function fingerprintOf({ columns }: TargetTable): string {
  const parts = columns
    .filter(({ role }) => role === 'data')
    .map(({ name, toText }) => {
      const text = (toText ?? asUtf8)(`x.${quoteName(name)}`);
      return `IFNULL(CONCAT(LENGTH(${text}), ':', ${text}), 'N')`;
    });
  return parts.length === 0 ? "MD5('')" : `MD5(CONCAT(${parts.join(', ')}))`;
}
