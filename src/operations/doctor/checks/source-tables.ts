import type { ColumnSchema } from '../../../cdc/schema/table-schema.ts';
import { losesOften, lossesOf } from '../../../cdc/types/columns.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import { plural } from '../../../errors/sentences.ts';
import { readColumns, type TableColumn } from '../source-columns.ts';

interface TableRow {
  readonly name: string;
  readonly hasPrimaryKey: number | bigint;
}

export const tablesWithoutKey: Check = {
  name: 'primary keys',
  area: 'MySQL source',
  needs: ['source'],
  async run({ source, config }) {
    const { database } = config.source;
    const tables = await source.query<TableRow>(
      'SELECT t.TABLE_NAME AS name, EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS c ' +
        "WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.CONSTRAINT_TYPE = 'PRIMARY KEY') " +
        "AS hasPrimaryKey FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY name",
      [database],
    );
    return judgeKeys(
      database,
      tables.map(({ name, hasPrimaryKey }) => ({ name, hasPrimaryKey: Number(hasPrimaryKey) === 1 })),
    );
  },
};

export function judgeKeys(
  database: string,
  tables: readonly { readonly name: string; readonly hasPrimaryKey: boolean }[],
): Finding[] {
  if (tables.length === 0) {
    return [
      problem({
        found: `${database} does not exist, has no tables, or is hidden from this user.`,
        means: 'There is nothing to replicate.',
        todo: 'Correct SOURCE_MYSQL_DATABASE, grant SELECT, or create the database of the course: alir migrate --source',
      }),
    ];
  }
  const without = tables.filter(({ hasPrimaryKey }) => !hasPrimaryKey).map(({ name }) => name);
  if (without.length === 0)
    return [ok(`All ${plural(tables.length, 'table')} of ${database} have a primary key.`)];
  return [
    warning({
      found: `Without a primary key: ${without.join(', ')}.`,
      means: 'Equal rows cannot be told apart, so changes of such a table cannot be applied exactly.',
      todo: 'Add a primary key to each.',
    }),
  ];
}

export const lossyColumns: Check = {
  name: 'column types',
  area: 'MySQL source',
  needs: ['source'],
  async run({ source, config }) {
    return judgeColumns(await readColumns(source, config.source.database));
  },
};

/** @param losses what Maxwell loses of a column's values, each a sentence */
export function judgeColumns(
  columns: readonly TableColumn[],
  losses: (column: ColumnSchema) => readonly string[] = lossesOf,
): Finding[] {
  if (columns.length === 0) return [skipped('There is no table to check.')];
  const lossy = columns.filter((column) => losses(column).length > 0);
  const harmed = lossy.filter(losesOften);
  if (harmed.length > 0) {
    return harmed.map((column) =>
      warning({
        found: `${column.table}.${column.name} is ${column.columnType}.`,
        means: losses(column).join(' '),
        todo: 'Load the table straight from the source by SQL, and change the type of columns whose values get damaged.',
      }),
    );
  }
  const rare =
    lossy.length > 0 ? ` except for rare values of ${lossy.length} (docs/guide/cdc-types.md lists them)` : '';
  return [ok(`Maxwell transfers all ${plural(columns.length, 'column')} unchanged${rare}.`)];
}
