import Table from 'cli-table3';
import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { count, print, printJson } from '../output.ts';
import { readStatus, type PipelineStatus } from '../status/pipeline-status.ts';
import type { ReplicaStatus, TableStatus } from '../status/table-status.ts';

const style = { head: [], border: [] };
const namedColumns = 3;

/** `alir status`: what was loaded, what waits, what is dead; of the replica, table by table. */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      'show per pipeline what was loaded, what waits and what is dead, and the state of every table',
    )
    .option('--json', 'one line of JSON')
    .action(async (flags: { json?: boolean }) => {
      const statuses = await readStatus(loadConfig());
      if (flags.json) printJson({ pipelines: statuses });
      else statuses.forEach(printStatus);
    });
}

function printStatus(status: PipelineStatus): void {
  const { counts, batches, tables, sourceProblem = null } = status;
  print(`Pipeline ${status.pipeline} (group ${status.group})`);
  print(
    `  ${count(counts.rows)} records in ${count(batches)} batches: ${count(status.loaded)} loaded ` +
      `(${count(counts.inserted)} inserted, ${count(counts.updated)} updated, ${count(counts.deleted)} deleted, ` +
      `${count(counts.unchanged)} unchanged, ${count(counts.stale)} stale, ${count(counts.superseded)} superseded), ` +
      `${count(counts.ignored)} ignored, ${count(counts.deadLettered)} dead letters`,
  );
  for (const { topic, partition, epoch, first, last, kind, why, remedy } of status.auditGaps) {
    const what =
      kind === 'hole' ? 'no batch accounts for them' : `gone before they were read (${why ?? 'retention'})`;
    print(`  Offsets ${first}–${last} of ${topic}/${partition}, epoch ${epoch}: ${what}`);
    print(`  → ${remedy}`);
  }
  for (const { what, at, remedy } of status.breaks) {
    print(`  ${what}${at === null ? '' : `, seen ${at.toISOString()}`}`);
    print(`  → ${remedy}`);
  }
  if (tables) printTables({ tables, sourceProblem });
  else printPartitions(status);
  for (const topic of status.missingTopics) print(`  ${topic} does not exist yet; it is read once it does.`);
  for (const [code, letters] of Object.entries(status.deadLetters))
    print(`  ${count(letters)} open dead letters: ${code}`);
  print();
}

function printPartitions({ partitions }: PipelineStatus): void {
  const table = new Table({ head: ['topic', 'partition', 'log start', 'committed', 'end', 'lag'], style });
  for (const { topic, partition, start, committed, end, lag } of partitions)
    table.push([topic, partition, start, committed ?? 'none', end, count(lag)]);
  print(table.toString());
}

function printTables({ tables, sourceProblem }: ReplicaStatus): void {
  const shown = new Table({ head: ['table', 'state', 'lag', 'behind', 'loses values'], style });
  for (const table of tables)
    shown.push([nameOf(table), stateOf(table), count(table.lagRecords), ageOf(table), lossesOf(table)]);
  print(tables.length === 0 ? '  No table has been seen yet.' : shown.toString());
  for (const table of tables)
    if (table.reason !== null) print(`  ${nameOf(table)} is ${table.state}: ${table.reason}`);
  if (tables.some(({ losses }) => losses.length > 0))
    print('  Which values Maxwell loses: docs/guide/cdc-types.md, or alir status --json');
  if (sourceProblem !== null)
    print(`  The source does not answer, so columns and new tables are not known: ${sourceProblem}`);
}

function nameOf({ database, table }: TableStatus): string {
  return `${database}.${table}`;
}

function stateOf({ state, loadedRows }: TableStatus): string {
  return state === 'loading' ? `loading, ${count(loadedRows)} rows` : (state ?? 'not seen yet');
}

function ageOf({ lagSeconds }: TableStatus): string {
  return lagSeconds === null ? 'unknown' : `${count(lagSeconds)} s`;
}

function lossesOf({ losses }: TableStatus): string {
  const names = losses.filter(({ often }) => often).map(({ column }) => column);
  const more = names.length - namedColumns;
  return more > 0 ? `${names.slice(0, namedColumns).join(', ')} and ${more} more` : names.join(', ');
}
