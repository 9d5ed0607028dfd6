import Table from 'cli-table3';
import { plural } from '../errors/sentences.ts';
import type { BackfillPlan } from './types.ts';

/** More partitions than a screen has lines are summed up. */
const shownPartitions = 30;

/** A plan for people. */
export function printPlan(plan: BackfillPlan): string {
  const { selector, via, why, rows, sources, targets, gaps, expectedSeconds } = plan;
  const lines = [
    `Backfill of ${selector.pipeline} via ${via}. ${why}`,
    ...(plan.available.length > 0 ? [partitionTable(plan)] : []),
    `  in all: ${via === 'kafka' ? plural(rows, 'offset') : `${plural(rows, 'row')}, as the source estimates`}`,
    ...(sources.length > 0 ? [`  reads:  ${sources.join(', ')}`] : []),
    `  writes: ${targets.length > 0 ? targets.join(', ') : 'nothing'}`,
    `  takes:  ${expectedSeconds === null ? 'unknown: no batch has been measured yet' : `about ${duration(expectedSeconds)}`}`,
    ...(plan.warnings ?? []).map((warning) => `  note:   ${warning}`),
    ...gaps.map((gap) => `  gap:    ${gap}`),
  ];
  return lines.join('\n');
}

function partitionTable({ available, ranges }: BackfillPlan): string {
  const table = new Table({
    head: ['topic', 'partition', 'planned', 'offsets', 'earliest', 'latest'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'left', 'right', 'right', 'right'],
  });
  for (const { topic, partition, start, end } of available.slice(0, shownPartitions)) {
    const own = ranges.filter((range) => range.topic === topic && range.partition === partition);
    const [first, last] = [own[0]?.first, own.at(-1)?.last];
    const pieces = own.length > 1 ? ` in ${own.length} pieces` : '';
    const size = own.reduce((sum, range) => sum + range.last - range.first + 1, 0);
    const isEmpty = start >= end;
    table.push([
      topic,
      partition,
      first === undefined ? '-' : `${first}-${last}${pieces}`,
      number(size),
      isEmpty ? '-' : start,
      isEmpty ? '-' : end - 1,
    ]);
  }
  const left = available.length - shownPartitions;
  return left > 0 ? `${table.toString()}\n  and ${plural(left, 'more partition')}` : table.toString();
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
