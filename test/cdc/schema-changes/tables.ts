import {
  draftOf,
  alter,
  hasComment,
  partOfAnother,
  rowsFor,
  schemaStep,
  type PlanChange,
  type Scene,
} from './scene.ts';
import { designsOf } from '../mariadb-designs.ts';
import { createStepsTable, plain, type PlannedStep } from '../step.ts';
import {
  createAgain,
  emptied,
  emptyTwin,
  haveSameShape,
  tableState,
  type TableState,
} from '../table-state.ts';
import { createTable, quoted } from '../tables.ts';

/** Names of tables that come and go; all others stay, whatever becomes of their rows. */
const extraNames = ['extra_one', 'extra_two', 'extra_three', 'extra_four', 'Extra_five'];
const twinSuffix = '_twin';
const twinsAtMost = 2;

/** Rows of a table that takes another's name: more than a chunk at times, mostly few. */
function someRows({ random }: Scene): number {
  return random.chance(0.15) ? 2500 : 5 + random.whole(60);
}

export const createExtra: PlanChange = (scene) => {
  const { state, random, source } = scene;
  const free = extraNames.filter((name) => !state.some((table) => table.name === name));
  if (free.length === 0) return null;
  // A name that was used before may come back with other columns and another key.
  const design = { ...random.pick(designsOf(source)), name: random.pick(free) };
  const table = tableState(design);
  state.push(table);
  const created = schemaStep('create table', createTable(design));
  return random.chance(0.5) ? [created] : [created, rowsFor(scene, table, someRows(scene))];
};

export const dropExtra: PlanChange = ({ state, random }) => {
  const extras = state.filter(({ name }) => extraNames.includes(name) || name.endsWith(twinSuffix));
  if (extras.length === 0) return null;
  return [dropTable(state, random.pick(extras))];
};

function dropTable(state: TableState[], table: TableState): PlannedStep {
  state.splice(state.indexOf(table), 1);
  return schemaStep('drop table', `DROP TABLE ${quoted(table.name)}`);
}

/** A table gets a name that perhaps another one had before. */
export const renameTable: PlanChange = ({ state, random }) => {
  const extras = state.filter(({ name }) => extraNames.includes(name));
  const free = extraNames.filter((name) => !state.some((table) => table.name === name));
  if (extras.length === 0 || free.length === 0) return null;
  const table = random.pick(extras);
  const to = random.pick(free);
  const [from, target] = [quoted(table.name), quoted(to)];
  const sql = random.chance(0.5)
    ? `RENAME TABLE ${from} TO ${target}`
    : `ALTER TABLE ${from} RENAME TO ${target}`;
  table.name = to;
  return [schemaStep('rename table', sql)];
};

/** A twin with other rows takes a table's name, in one statement, as tools for changes of large tables do it. */
export const swapTables: PlanChange = (scene) => {
  const { state, random } = scene;
  const table = random.pick(state.filter(({ name }) => !name.endsWith(twinSuffix)));
  const name = `${table.name}${twinSuffix}`;
  const steps: PlannedStep[] = [];
  let twin = state.find((each) => each.name === name);
  const twins = state.filter((each) => each.name.endsWith(twinSuffix));
  if (twin !== undefined && !haveSameShape(table, twin)) return [dropTable(state, twin)];
  if (twin === undefined) {
    twin = emptyTwin(table, name);
    state.push(twin);
    steps.push(
      schemaStep(partOfAnother, `CREATE TABLE ${quoted(name)} LIKE ${quoted(table.name)}`),
      rowsFor(scene, twin, someRows(scene)),
    );
  }
  // The table carries its comment along: it tells whether the two have changed places.
  const comment = `swapped ${scene.serial()}`;
  const middle = quoted(`${table.name}_tmp`);
  const [live, shadow] = [quoted(table.name), quoted(name)];
  steps.push(
    schemaStep(partOfAnother, alter(twin, `COMMENT = '${comment}'`)),
    schemaStep(
      'swap tables',
      `RENAME TABLE ${live} TO ${middle}, ${shadow} TO ${live}, ${middle} TO ${shadow}`,
      hasComment(table.name, comment),
    ),
  );
  [table.name, twin.name] = [name, table.name];
  if (twins.length >= twinsAtMost || random.chance(0.5)) steps.push(dropTable(state, table));
  return steps;
};

/** The same columns at once, other rows. */
export const dropAndCreateTable: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const name = quoted(table.name);
  emptied(table);
  table.addedIndexes.length = 0;
  return [
    schemaStep('drop and create table', [`DROP TABLE IF EXISTS ${name}`, createAgain(table)]),
    rowsFor(scene, table, someRows(scene)),
  ];
};

/** Everything goes, and comes back with the same columns and other rows; the steps count on. */
export const recreateDatabase: PlanChange = (scene) => {
  const { state, database } = scene;
  for (const table of state) {
    emptied(table);
    table.addedIndexes.length = 0;
  }
  const rows = state.flatMap((table) => rowsFor(scene, table, 5 + scene.random.whole(20)).statements);
  return [
    {
      kind: 'recreate database',
      statements: [
        plain(`DROP DATABASE IF EXISTS ${quoted(database)}`),
        plain(`CREATE DATABASE ${quoted(database)} CHARACTER SET utf8mb4`),
        plain(`USE ${quoted(database)}`),
        plain(createStepsTable),
        ...state.map((table) => plain(createAgain(table))),
        ...rows,
      ],
      ending: 'none',
    },
  ];
};

/** Empties a table without an event for its rows. */
export const truncateTable: PlanChange = ({ state, random }) => {
  const table = random.pick(state);
  emptied(table);
  return [schemaStep('truncate', `TRUNCATE TABLE ${quoted(table.name)}`)];
};

/** Empties a table with an event for each row. */
export const deleteAll: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const draft = draftOf(scene);
  draft.run(`DELETE FROM ${quoted(table.name)}`);
  emptied(table);
  return [draft.committed('delete all')];
};
