import { comparePositions, isSameBinlog } from '../../cdc/maxwell/binlog-position.ts';
import { noCounts } from '../../pipelines/counts.ts';
import type { PartitionOfPipeline } from '../batches.ts';
import { countNames } from '../count-columns.ts';
import { addSpan, covers } from './spans.ts';
import type { AuditRow, Jump, PartitionHistory } from './types.ts';

export function emptyHistory({ pipeline, topic, epoch, partition }: PartitionOfPipeline): PartitionHistory {
  return {
    place: { pipeline, topic, epoch, partition },
    batches: 0,
    counts: { ...noCounts },
    live: [],
    replayed: [],
    lost: [],
    jumps: [],
    position: null,
  };
}

/**
 * Adds a row of the audit trail, in the order in which rows were written. A row that was added before changes nothing,
 * so that it may come again.
 *
 * A live range counts unless live batches account for all of it: what the group's offsets were reset to is not counted
 * twice, wherever it is cut. A range that fills a hole counts whenever it comes.
 */
export function foldRow(history: PartitionHistory, row: AuditRow): void {
  if (row.kind === 'gap') {
    if (!history.lost.some(({ first, last }) => first === row.first && last === row.last)) {
      history.lost.push({ first: row.first, last: row.last, at: row.at, why: row.note });
      history.lost.sort((a, b) => a.first - b.first || a.last - b.last);
    }
  } else if (row.flag !== 'live') {
    addSpan(history.replayed, row);
  } else {
    if (!covers(history.live, row.first, row.last)) {
      history.batches += 1;
      for (const name of countNames) history.counts[name] += row.counts[name];
      findJumps(history, row);
    }
    addSpan(history.live, row);
    if (row.to !== null && row.last > (history.position?.offset ?? -1))
      history.position = { offset: row.last, at: row.to };
  }
  endJumps(history.jumps, row);
}

/** Ranges that overlap what was read before say nothing of what came after what. */
function findJumps({ position, jumps }: PartitionHistory, { first, from, to, at }: AuditRow): void {
  if (from === null || to === null) return;
  const steps = [[from, to]];
  if (position !== null && position.offset < first) steps.unshift([position.at, from]);
  for (const [before, after] of steps as [string, string][])
    if (!isSameBinlog(before, after) || comparePositions(after, before) < 0)
      jumps.push({ offset: first, from: before, to: after, at });
}

/** A Maxwell that is started again sends some changes twice; that is no jump, once it has come back to where it was. */
function endJumps(jumps: Jump[], { last, to }: AuditRow): void {
  if (to === null || jumps.length === 0) return;
  const stays = jumps.filter(
    ({ offset, from, to: back }) =>
      last < offset || !isSameBinlog(from, back) || !isSameBinlog(from, to) || comparePositions(to, from) < 0,
  );
  if (stays.length < jumps.length) jumps.splice(0, jumps.length, ...stays);
}
