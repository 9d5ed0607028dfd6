import type { PlannedStep } from '../step.ts';
import * as columns from './columns.ts';
import * as harmless from './harmless.ts';
import * as partitions from './partitions.ts';
import type { ChangeKind, Scene } from './scene.ts';
import * as tables from './tables.ts';
import * as values from './values.ts';

/** Every kind of change that the workload makes beside ordinary rows, by the name under which it is counted. */
export const changeKinds: readonly ChangeKind[] = [
  { name: 'add column', weight: 10, plan: columns.addColumn },
  { name: 'widen column', weight: 6, plan: columns.widenColumn },
  { name: 'rename column', weight: 3, plan: columns.renameColumn },
  { name: 'drop column', weight: 3, plan: columns.dropColumn },
  { name: 'drop and add column', weight: 4, plan: columns.dropAndAddColumn },
  { name: 'replace column', weight: 4, plan: columns.replaceColumn },
  // Maxwell mixes up the two columns of all later rows: no replica can be right.
  { name: 'exchange columns', weight: 4, plan: columns.exchangeColumns, isOptional: true },
  { name: 'change expression', weight: 3, plan: values.changeExpression },
  { name: 'lax narrowing', weight: 5, plan: values.laxNarrowing },
  { name: 'repair charset', weight: 3, plan: values.repairCharset },
  { name: 'create table', weight: 5, plan: tables.createExtra },
  { name: 'drop table', weight: 3, plan: tables.dropExtra },
  { name: 'rename table', weight: 4, plan: tables.renameTable },
  { name: 'swap tables', weight: 5, plan: tables.swapTables },
  { name: 'drop and create table', weight: 4, plan: tables.dropAndCreateTable },
  { name: 'recreate database', weight: 0.6, plan: tables.recreateDatabase },
  // No event tells of it: a replica is right only after it has been read again.
  { name: 'truncate', weight: 3, plan: tables.truncateTable, isOptional: true },
  { name: 'delete all', weight: 2, plan: tables.deleteAll },
  { name: 'index', weight: 4, plan: harmless.changeIndex },
  { name: 'comment', weight: 2, plan: harmless.changeComment },
  { name: 'auto increment', weight: 2, plan: harmless.jumpAutoIncrement },
  { name: 'rebuild', weight: 2, plan: harmless.rebuild },
  { name: 'widen text', weight: 3, plan: harmless.widenText },
  { name: 'add empty column', weight: 3, plan: harmless.addEmptyColumn },
  { name: 'ten alters', weight: 1, plan: harmless.tenAlters },
  { name: 'add partition', weight: 1.5, plan: partitions.addPartition },
  { name: 'coalesce partition', weight: 1, plan: partitions.coalescePartition },
  { name: 'drop partition', weight: 1.5, plan: partitions.dropPartition },
  { name: 'truncate partition', weight: 1.5, plan: partitions.truncatePartition },
  { name: 'reorganize partition', weight: 1.5, plan: partitions.reorganizePartition },
  { name: 'exchange partition', weight: 1.5, plan: partitions.exchangePartition },
];

/** @throws Error when a name is none of them */
export function kindsNamed(names: readonly string[] | undefined): readonly ChangeKind[] {
  if (names === undefined) return changeKinds.filter(({ isOptional = false }) => !isOptional);
  return names.map((name) => {
    const kind = changeKinds.find((each) => each.name === name);
    const known = changeKinds.map((each) => each.name).join(', ');
    if (kind === undefined) throw new Error(`There is no kind of change "${name}". There are: ${known}`);
    return kind;
  });
}

/** Plans one change of a kind chosen at random by its weight; null: the tables have nothing to change so. */
export function planChange(kinds: readonly ChangeKind[], scene: Scene): PlannedStep[] | null {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  let left = (scene.random.whole(1_000_000) / 1_000_000) * total;
  const kind = kinds.find(({ weight }) => (left -= weight) < 0);
  return kind?.plan(scene) ?? null;
}
