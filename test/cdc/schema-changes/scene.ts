import type { Random } from '../../../src/lab/simulator/random.ts';
import { Draft } from '../draft.ts';
import type { Source } from '../mariadb-designs.ts';
import { insertNumbered } from '../numbered-changes.ts';
import { insertRows } from '../row-changes.ts';
import { plain, type PlannedStep, type Statement } from '../step.ts';
import { hasSlots, isNumbered, type TableState } from '../table-state.ts';
import { quoted } from '../tables.ts';

/** What a change of the schema is made of. */
export interface Scene {
  /** The tables; a change leaves them as they are after its steps. */
  readonly state: TableState[];
  readonly random: Random;
  /** Another number at each call. */
  readonly serial: () => number;
  readonly source: Source;
  /** The database that holds the tables. */
  readonly database: string;
}

/** Plans one change, in steps that are done without a pause; null: the tables have nothing to change so. */
export type PlanChange = (scene: Scene) => PlannedStep[] | null;

export interface ChangeKind {
  /** Steps of a change that only prepare it count as `part of another`. */
  readonly name: string;
  readonly weight: number;
  readonly plan: PlanChange;
  /** Made only where it is named; default false. */
  readonly isOptional?: boolean;
}

export const partOfAnother = 'part of another';

/** Statements that commit by themselves. */
export function schemaStep(kind: string, sql: string | readonly string[], doneWhen?: Statement): PlannedStep {
  const statements = [sql].flat().map(plain);
  return { kind, statements, ending: 'none', ...(doneWhen && { doneWhen }) };
}

export function alter({ name }: TableState, clauses: string): string {
  return `ALTER TABLE ${quoted(name)} ${clauses}`;
}

export function draftOf({ random, serial }: Scene): Draft {
  return new Draft(random, serial);
}

/** A transaction that inserts rows. */
export function rowsFor(scene: Scene, table: TableState, count: number, kind = partOfAnother): PlannedStep {
  const draft = draftOf(scene);
  if (hasSlots(table)) insertRows(draft, table, count);
  else if (isNumbered(table)) insertNumbered(draft, table, count);
  return draft.committed(kind);
}

/** Whether a table carries this comment: a step that would undo itself leaves or takes one along. */
export function hasComment(table: string, comment: string): Statement {
  return {
    sql:
      'SELECT 1 FROM information_schema.TABLES ' +
      'WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND TABLE_COMMENT = ?',
    values: [table, comment],
  };
}

/** The place of a column that is there. */
export function placeOf(table: TableState, name: string): number {
  const place = table.columns.findIndex((column) => column.name === name);
  if (place < 0) throw new Error(`${table.name}.${name}: no such column`);
  return place;
}
