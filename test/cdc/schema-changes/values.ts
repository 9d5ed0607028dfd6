import type { PlannedStep } from '../step.ts';
import { keyNames, type TableState } from '../table-state.ts';
import { quoted, type Column } from '../tables.ts';
import { datetime, setOf, date } from '../structured-values.ts';
import * as values from '../values.ts';
import { orNull, type Make } from '../values.ts';
import type { Addable } from './addable.ts';
import { addOne, makeRoom } from './columns.ts';
import { alter, draftOf, partOfAnother, placeOf, schemaStep, type PlanChange, type Scene } from './scene.ts';

/** Changes of types that rewrite stored values, each in a way of the server's own. */

/** A column before and after; `make` gives values of which the narrower type can hold some only. */
interface Narrowing extends Addable {
  readonly narrower: { readonly type: string; readonly make: Make };
}

const whole = (bits: number) => values.whole(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n);
const anyText = (characters: number) => `VARCHAR(${characters}) CHARACTER SET utf8mb4`;

const narrowings: readonly Narrowing[] = [
  { type: 'INT NULL', make: orNull(whole(32)), narrower: { type: 'INT NOT NULL', make: whole(32) } },
  { type: 'INT NULL', make: orNull(whole(32)), narrower: { type: 'INT UNSIGNED NULL', make: values.whole(0n, 9n) } },
  { type: 'BIGINT NULL', make: orNull(whole(64)), narrower: { type: 'SMALLINT NULL', make: whole(16) } },
  { type: 'DECIMAL(12,2) NOT NULL', make: values.decimal(12, 2), narrower: { type: 'DECIMAL(6,2) NOT NULL', make: values.decimal(6, 2) } },
  { type: 'DECIMAL(8,2) NULL', make: orNull(values.decimal(8, 2)), narrower: { type: 'DECIMAL(8,2) UNSIGNED NULL', make: values.oneOf('0.10', '19.90') } },
  { type: `${anyText(20)} NULL`, make: orNull(values.text(20)), narrower: { type: `${anyText(20)} NOT NULL`, make: values.text(20) } },
  { type: `${anyText(20)} NULL`, make: orNull(values.text(20)), narrower: { type: `${anyText(3)} NULL`, make: values.text(3) } },
  { type: `${anyText(20)} NULL`, make: orNull(values.text(20)), narrower: { type: 'VARCHAR(20) CHARACTER SET latin1 NULL', make: values.latinText(20) } },
  { type: 'VARBINARY(10) NULL', make: orNull(values.bytes(0, 10)), narrower: { type: 'VARBINARY(2) NULL', make: values.bytes(0, 2) } },
  { type: "ENUM('b','a','c') NOT NULL", make: values.oneOf('a', 'b', 'c'), narrower: { type: "ENUM('b','a') NOT NULL", make: values.oneOf('a', 'b') } },
  { type: "SET('b','a','c') NULL", make: orNull(setOf('a', 'b', 'c')), narrower: { type: "SET('b','a') NULL", make: setOf('a', 'b') } },
  { type: 'DATE NULL', make: orNull(date), narrower: { type: 'DATE NOT NULL', make: date } },
  { type: 'DATETIME NULL', make: orNull(datetime(0)), narrower: { type: 'DATETIME NOT NULL', make: datetime(0) } },
]; // prettier-ignore

/** Gives values of the column to all rows, and others to some of them. */
function fill(scene: Scene, table: TableState, column: Column): PlannedStep {
  const draft = draftOf(scene);
  const path = quoted(table.name);
  const order = keyNames(table).map(quoted).join(', ');
  for (let round = 0; round < 3; round++) {
    const value = column.make?.(scene.random, scene.serial()) ?? null;
    const some = round === 0 ? '' : ` ORDER BY ${order} LIMIT ${round === 1 ? 40 : 15}`;
    draft.run(`UPDATE ${path} SET ${quoted(column.name)} = ${column.place}${some}`, [value]);
  }
  return draft.committed(partOfAnother);
}

/** A lax session makes values fit, and tells nobody. */
export const laxNarrowing: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const room = makeRoom(scene, table);
  if (room.length > 0) return room;
  const narrowing = scene.random.pick(narrowings);
  const { column, step } = addOne(scene, table, narrowing, { kind: partOfAnother });
  const filled = fill(scene, table, column);
  table.columns[placeOf(table, column.name)] = { ...column, ...narrowing.narrower };
  const modify = `MODIFY COLUMN ${quoted(column.name)} ${narrowing.narrower.type}`;
  return [
    step,
    filled,
    schemaStep('lax narrowing', [
      // Done again in the same session, the former mode must not be lost.
      "SET @workload_mode = COALESCE(@workload_mode, @@sql_mode), SESSION sql_mode = ''",
      alter(table, modify),
      'SET SESSION sql_mode = @workload_mode',
    ]),
  ];
};

const utf8Texts = ['kafé', 'ñandú', 'ü', 'plain', ''];
const asBytes: Make = orNull((random) => Buffer.from(random.pick(utf8Texts)));

/** UTF-8 that an application wrote over a connection in latin1: its bytes stay, their meaning is put right. */
export const repairCharset: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const room = makeRoom(scene, table);
  if (room.length > 0) return room;
  const type = 'VARCHAR(100) CHARACTER SET latin1 NULL';
  const wrong = { type, make: asBytes };
  const { column, step } = addOne(scene, table, wrong, {
    kind: partOfAnother,
    place: 'CONVERT(? USING latin1)',
  });
  const filled = fill(scene, table, column);
  const right = `VARCHAR(100) CHARACTER SET utf8mb4 NULL`;
  table.columns[placeOf(table, column.name)] = {
    ...column,
    type: right,
    place: '?',
    make: orNull(values.text(100)),
  };
  const name = quoted(column.name);
  return [
    step,
    filled,
    schemaStep(partOfAnother, alter(table, `MODIFY COLUMN ${name} VARBINARY(100) NULL`)),
    schemaStep('repair charset', alter(table, `MODIFY COLUMN ${name} ${right}`)),
  ];
};

/** A column that the server computes is computed in another way from now on. */
export const changeExpression: PlanChange = ({ state, random, serial }) => {
  const computed = state.flatMap((table) =>
    table.columns.filter(({ make }) => make === null).map((column) => ({ table, column })),
  );
  if (computed.length === 0) return null;
  const { table, column } = random.pick(computed);
  const type = column.type.replace(/\((qty.*?)( \+ \d+)?\) (STORED|VIRTUAL)$/, `($1 + ${serial()}) $3`);
  if (type === column.type) throw new Error(`${table.name}.${column.name}: ${type} has not changed`);
  table.columns[placeOf(table, column.name)] = { ...column, type };
  const modify = `MODIFY COLUMN ${quoted(column.name)} ${type}`;
  return [schemaStep('change expression', alter(table, modify))];
};
