import { insertSlots } from '../row-changes.ts';
import type { PlannedStep, Statement } from '../step.ts';
import { emptyTwin, hasSlots, type SlotTable, type TableState } from '../table-state.ts';
import { partDefinition, quoted, type Partitioning, type RangePart } from '../tables.ts';
import { alter, draftOf, partOfAnother, schemaStep, type PlanChange, type Scene } from './scene.ts';

/** Rows of a partition come and go without an event. Ids are slots, counted from 1. */

type Ranges = Extract<Partitioning, { by: 'range' }>;

interface Partitioned<P extends Partitioning> {
  readonly table: SlotTable;
  readonly partitioning: P;
}

function pickTable<P extends Partitioning>({ state, random }: Scene, by: P['by']): Partitioned<P> | null {
  const fit = state.filter(({ partitioning }) => partitioning?.by === by).filter(hasSlots);
  if (fit.length === 0) return null;
  const table = random.pick(fit);
  return { table, partitioning: table.partitioning as P };
}

/** Ids from `from` up to `below`. */
function idsOf({ parts }: Ranges, { name, below }: RangePart): { from: number; below: number } {
  const place = parts.findIndex((part) => part.name === name);
  return { from: parts[place - 1]?.below ?? 0, below };
}

function withoutIds({ rows: { slots } }: SlotTable, isGone: (id: number) => boolean): void {
  for (const slot of slots.all().filter((each) => isGone(each + 1))) slots.remove(slot);
}

const rangeNamed = (scene: Scene, below: number): RangePart => ({ name: `p${scene.serial()}`, below });

function changed(table: TableState, parts: readonly RangePart[]): void {
  table.partitioning = { by: 'range', parts };
}

export const addPartition: PlanChange = (scene) => {
  const hash = scene.random.chance(0.5) ? pickTable(scene, 'hash') : null;
  if (hash !== null) return changeCount(hash.table, 1);
  const ranges = pickTable<Ranges>(scene, 'range');
  if (ranges === null) return null;
  const { table, partitioning } = ranges;
  const added = rangeNamed(scene, (partitioning.parts.at(-1)?.below ?? 0) + 500);
  changed(table, [...partitioning.parts, added]);
  return [schemaStep('add partition', alter(table, `ADD PARTITION (${partDefinition(added)})`))];
};

export const coalescePartition: PlanChange = (scene) => {
  const hash = pickTable(scene, 'hash');
  return hash && changeCount(hash.table, -1);
};

/** One hash partition more or fewer: all rows are dealt anew. */
function changeCount(table: SlotTable, by: 1 | -1): PlannedStep[] | null {
  if (table.partitioning?.by !== 'hash') return null;
  const count = table.partitioning.count + by;
  if (count < 1 || count > 8) return null;
  table.partitioning = { by: 'hash', count };
  // Maxwell 1.22 ends at ADD PARTITION PARTITIONS 1.
  return by === 1
    ? [schemaStep('add partition', alter(table, `PARTITION BY HASH (id) PARTITIONS ${count}`))]
    : [
        schemaStep(
          'coalesce partition',
          alter(table, 'COALESCE PARTITION 1'),
          hasPartitions(table.name, count),
        ),
      ];
}

function hasPartitions(table: string, count: number): Statement {
  return {
    sql:
      'SELECT COUNT(*) AS n FROM information_schema.PARTITIONS ' +
      'WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? HAVING n = ?',
    values: [table, count],
  };
}

export const dropPartition: PlanChange = (scene) => {
  const ranges = pickTable<Ranges>(scene, 'range');
  if (ranges === null) return null;
  const { table, partitioning } = ranges;
  const { parts } = partitioning;
  const part = scene.random.pick(parts);
  const kept = parts.filter((each) => each !== part);
  // All keys must have a place.
  if ((kept.at(-1)?.below ?? 0) <= table.rows.key.slots) return null;
  const { from, below } = idsOf(partitioning, part);
  withoutIds(table, (id) => id >= from && id < below);
  changed(table, kept);
  return [schemaStep('drop partition', alter(table, `DROP PARTITION ${part.name}`))];
};

export const truncatePartition: PlanChange = (scene) => {
  const picked = pickTable(scene, scene.random.pick(['range', 'hash'] as const));
  if (picked === null) return null;
  const { table, partitioning } = picked;
  if (partitioning.by === 'hash') {
    const place = scene.random.whole(partitioning.count);
    withoutIds(table, (id) => id % partitioning.count === place);
    return [schemaStep('truncate partition', alter(table, `TRUNCATE PARTITION p${place}`))];
  }
  const part = scene.random.pick(partitioning.parts);
  const { from, below } = idsOf(partitioning, part);
  withoutIds(table, (id) => id >= from && id < below);
  return [schemaStep('truncate partition', alter(table, `TRUNCATE PARTITION ${part.name}`))];
};

/** Two neighbours become one, or one becomes two; the rows stay. */
export const reorganizePartition: PlanChange = (scene) => {
  const ranges = pickTable<Ranges>(scene, 'range');
  if (ranges === null) return null;
  const { table, partitioning } = ranges;
  const { parts } = partitioning;
  const place = scene.random.whole(parts.length);
  const part = parts[place] as RangePart;
  const next = parts[place + 1];
  const { from, below } = idsOf(partitioning, part);
  const isMerge = next !== undefined && parts.length > 3;
  if (!isMerge && below - from < 2) return null;
  const former = isMerge ? [part, next] : [part];
  const after = isMerge
    ? [rangeNamed(scene, next.below)]
    : [rangeNamed(scene, from + ((below - from) >> 1)), rangeNamed(scene, below)];
  changed(table, [...parts.slice(0, place), ...after, ...parts.slice(place + former.length)]);
  const clause =
    `REORGANIZE PARTITION ${former.map(({ name }) => name).join(', ')} ` +
    `INTO (${after.map(partDefinition).join(', ')})`;
  return [schemaStep('reorganize partition', alter(table, clause))];
};

/** A partition's rows change places with those of a table beside it, which goes then. */
export const exchangePartition: PlanChange = (scene) => {
  const { random } = scene;
  const ranges = pickTable<Ranges>(scene, 'range');
  if (ranges === null) return null;
  const { table, partitioning } = ranges;
  const part = random.pick(partitioning.parts);
  const { from, below } = idsOf(partitioning, part);
  const inPart = Array.from({ length: below - from }, (_, i) => from + i - 1).filter(
    (slot) => slot >= 0 && slot < table.rows.key.slots,
  );
  const added = inPart.filter(() => random.chance(0.2));
  // One row at least tells whether the two have changed places.
  const token = added.find((slot) => !table.rows.slots.has(slot));
  if (token === undefined) return null;
  const name = `${table.name}_part`;
  const beside = emptyTwin(table, name) as SlotTable;
  const draft = draftOf(scene);
  insertSlots(draft, beside, added);
  withoutIds(table, (id) => id >= from && id < below);
  for (const slot of added) table.rows.slots.add(slot);
  const exchange = `EXCHANGE PARTITION ${part.name} WITH TABLE ${quoted(name)}`;
  return [
    // A column that was added in place is in the way of an exchange.
    schemaStep(partOfAnother, alter(table, 'FORCE')),
    schemaStep(partOfAnother, `CREATE TABLE ${quoted(name)} LIKE ${quoted(table.name)}`),
    schemaStep(partOfAnother, alter(beside, 'REMOVE PARTITIONING')),
    draft.committed(partOfAnother),
    schemaStep('exchange partition', alter(table, exchange), {
      sql: `SELECT 1 FROM ${quoted(table.name)} WHERE id = ?`,
      values: [token + 1],
    }),
    schemaStep(partOfAnother, `DROP TABLE ${quoted(name)}`),
  ];
};
