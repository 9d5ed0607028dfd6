import type { PlannedStep } from '../step.ts';
import { isNumbered, type TableState } from '../table-state.ts';
import { quoted } from '../tables.ts';
import { addColumn, addOne, dropColumn, renameColumn, widenColumn } from './columns.ts';
import { alter, partOfAnother, placeOf, schemaStep, type PlanChange, type Scene } from './scene.ts';

/** Changes that leave every stored value as it is. */

const indexesAtMost = 3;

export const changeIndex: PlanChange = ({ state, random, serial }) => {
  const table = random.pick(state);
  const { addedIndexes: names } = table;
  const name = random.pick(names);
  if (names.length === 0 || (names.length < indexesAtMost && random.chance(0.4))) {
    const columns = table.columns.filter((column) => isIndexable(table, column));
    if (columns.length === 0) return null;
    const added = `by_${serial()}`;
    names.push(added);
    const clause = `ADD INDEX ${quoted(added)} (${quoted(random.pick(columns).name)})`;
    return [schemaStep('index', alter(table, clause))];
  }
  names.splice(names.indexOf(name), 1);
  if (random.chance(0.5)) return [schemaStep('index', alter(table, `DROP INDEX ${quoted(name)}`))];
  const renamed = `by_${serial()}`;
  names.push(renamed);
  return [schemaStep('index', alter(table, `RENAME INDEX ${quoted(name)} TO ${quoted(renamed)}`))];
};

/** Columns that the workload adds may be dropped, and an index with them. */
function isIndexable({ added }: TableState, { name, type, make }: TableState['columns'][number]): boolean {
  return make !== null && !added.has(name) && !/TEXT|BLOB|JSON|POINT|GEOMETRY/.test(type);
}

export const changeComment: PlanChange = ({ state, random, serial }) => {
  const comment = `nomor ${serial()}`;
  return [schemaStep('comment', alter(random.pick(state), `COMMENT = '${comment}'`))];
};

export const jumpAutoIncrement: PlanChange = ({ state, random }) => {
  const numbered = state.filter(isNumbered);
  if (numbered.length === 0) return null;
  const table = random.pick(numbered);
  // Below what the server has counted to by now it changes nothing.
  table.rows.newest += 10;
  return [schemaStep('auto increment', alter(table, `AUTO_INCREMENT = ${table.rows.newest + 1}`))];
};

export const rebuild: PlanChange = ({ state, random }) => {
  const clause = random.pick(['ENGINE = InnoDB', 'FORCE', 'FORCE, ALGORITHM = INPLACE, LOCK = NONE']);
  return [schemaStep('rebuild', alter(random.pick(state), clause))];
};

export const widenText: PlanChange = ({ state, random }) => {
  const texts = state.flatMap((table) =>
    table.columns
      .filter(({ type, name }) => type.startsWith('VARCHAR(') && (table.added.get(name) ?? null) === null)
      .map((column) => ({ table, column })),
  );
  if (texts.length === 0) return null;
  const { table, column } = random.pick(texts);
  const type = column.type.replace(/\d+/, (length) => String(Number(length) + 1));
  table.columns[placeOf(table, column.name)] = { ...column, type };
  return [schemaStep('widen text', alter(table, `MODIFY COLUMN ${quoted(column.name)} ${type}`))];
};

/** A column without values: nothing is filled in. */
export const addEmptyColumn: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const empty = { type: 'INT NULL', make: () => null };
  return table.added.size < 6 ? [addOne(scene, table, empty, { kind: 'add empty column' }).step] : null;
};

/** A migration tool at work on one table. */
export const tenAlters: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const one: Scene = { ...scene, state: [table] };
  const plans = [addColumn, widenColumn, renameColumn, dropColumn, changeIndex, changeComment, widenText];
  const steps: PlannedStep[] = [];
  while (steps.length < 10) steps.push(...(scene.random.pick(plans)(one) ?? []));
  return steps.map((step, i) => ({ ...step, kind: i === steps.length - 1 ? 'ten alters' : partOfAnother }));
};
