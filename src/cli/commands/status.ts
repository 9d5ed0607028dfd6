import Table from 'cli-table3';
import { Command } from 'commander';
import { loadConfig, type Config } from '../../config/load-config.ts';
import { plural } from '../../errors/sentences.ts';
import { advise, count, note, print, printJson } from '../output.ts';
import type { MaxwellStatus } from '../../operations/status/maxwell-status.ts';
import type { PipelineStatus } from '../../operations/status/pipeline-status.ts';
import { readStatus, type Status } from '../../operations/status/read-status.ts';
import type { Standstill } from '../../operations/status/standstills.ts';
import type { ReplicaStatus, TableStatus } from '../../operations/status/table-status.ts';
import { hasDeadLetters, workflowListLink } from '../../operations/web-ui.ts';

const style = { head: [], border: [] };
const namedColumns = 3;

/** `alir status`: what was loaded, what waits, what is dead; of the replica, table by table. */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      'show what each pipeline has loaded, what is waiting, its dead letters, and the state of every table',
    )
    .option('--json', 'one line of JSON')
    .addHelpText(
      'after',
      '\nExit code: 0 all is well, 1 something is stuck (Maxwell, or records that no worker or consumer takes), 3 a server does not answer.',
    )
    .action(async (flags: { json?: boolean }) => {
      const config = loadConfig();
      const status = await readStatus(config);
      if (flags.json) printJson(status);
      else printStatus(status, config);
      for (const { code, problem, remedy } of status.away) {
        note(`${code}: ${problem}`);
        note(`→ ${remedy}`);
      }
      if (status.away.length > 0) process.exitCode = 3;
      else if (status.standstills.length > 0) process.exitCode = 1;
    });
}

function printStatus({ pipelines, maxwell, workers, standstills, away }: Status, { settings }: Config): void {
  for (const { server } of away) print(`${server} does not answer, so its part of the status is missing.`);
  for (const { what, remedy } of standstills.filter(({ pipeline }) => pipeline === null))
    printStandstill('', what, remedy);
  if (workers?.length === 0 && standstills.every(({ pipeline }) => pipeline !== null))
    advise('No worker asks Temporal for batches. Start one: alir run');
  for (const status of pipelines)
    printPipeline(
      status,
      maxwell,
      standstills.filter(({ pipeline }) => pipeline === status.pipeline),
    );
  if (pipelines.some(({ deadLetters }) => Object.keys(deadLetters ?? {}).length > 0))
    print(`Batches with dead letters: ${workflowListLink(settings, hasDeadLetters)}`);
}

function printStandstill(indent: string, what: string, remedy: string): void {
  print(`${indent}STANDS STILL: ${what}`);
  advise(`${indent}→ ${remedy}`);
}

function printPipeline(
  status: PipelineStatus,
  maxwell: MaxwellStatus,
  standstills: readonly Standstill[],
): void {
  const { tables, sourceProblem = null } = status;
  print(`Pipeline ${status.pipeline} (group ${status.group}, ${consumersOf(status)})`);
  for (const { what, remedy } of standstills) printStandstill('  ', what, remedy);
  if (tables && maxwell.problem !== null && !standstills.some(({ what }) => what === maxwell.problem))
    print(`  ${maxwell.problem}`);
  printCounts(status);
  for (const { topic, partition, epoch, first, last, kind, why, remedy } of status.auditGaps ?? []) {
    const what =
      kind === 'hole' ? 'no batch accounts for them' : `gone before they were read (${why ?? 'retention'})`;
    print(`  Offsets ${first}–${last} of ${topic}/${partition}, epoch ${epoch}: ${what}`);
    advise(`  → ${remedy}`);
  }
  for (const { what, at, remedy } of status.breaks ?? []) {
    print(`  ${what}${at === null ? '' : `, seen ${at.toISOString()}`}`);
    advise(`  → ${remedy}`);
  }
  if (tables) printTables({ tables, sourceProblem });
  else printPartitions(status);
  for (const topic of status.missingTopics ?? [])
    print(`  ${topic} does not exist yet; Alir reads it once it does.`);
  for (const [code, letters] of Object.entries(status.deadLetters ?? {}))
    print(`  ${plural(letters, 'open dead letter')}: ${code}`);
  print();
}

function consumersOf({ consumers }: PipelineStatus): string {
  if (consumers === null) return 'consumers unknown';
  return consumers === 0 ? 'no consumers' : plural(consumers, 'consumer');
}

function printCounts({ counts, batches, loaded, rowsNotRolledUp }: PipelineStatus): void {
  if (counts === null || batches === null || loaded === null) return;
  print(
    `  ${plural(counts.rows, 'record')} in ${plural(batches, 'batch', 'batches')}: ${count(loaded)} loaded ` +
      `(${count(counts.inserted)} inserted, ${count(counts.updated)} updated, ${count(counts.deleted)} deleted, ` +
      `${count(counts.unchanged)} unchanged, ${count(counts.stale)} stale, ${count(counts.superseded)} superseded), ` +
      `${count(counts.ignored)} ignored, ${plural(counts.deadLettered, 'dead letter')}`,
  );
  if (rowsNotRolledUp !== null && rowsNotRolledUp > 0)
    print(
      `  Not counted yet: up to ${count(rowsNotRolledUp)} of the newest rows of etl_batches. Alir rolls them up while it runs; ` +
        'until then, totals and gaps leave them out.',
    );
}

function printPartitions({ partitions }: PipelineStatus): void {
  if (partitions === null) return;
  const table = new Table({ head: ['topic', 'partition', 'log start', 'committed', 'end', 'lag'], style });
  for (const { topic, partition, start, committed, end, lag } of partitions)
    table.push([topic, partition, start, committed ?? 'none', end, count(lag)]);
  print(table.toString());
}

function printTables({ tables, sourceProblem }: ReplicaStatus): void {
  const shown = new Table({ head: ['table', 'state', 'lag', 'behind', 'loses values'], style });
  for (const table of tables)
    shown.push([nameOf(table), stateOf(table), waiting(table), ageOf(table), lossesOf(table)]);
  if (tables.length > 0) print(shown.toString());
  else if (sourceProblem === null) print('  No table has been seen yet.');
  for (const table of tables)
    if (table.reason !== null) advise(`  ${nameOf(table)} is ${table.state}: ${table.reason}`);
  if (tables.some(({ losses }) => losses.length > 0))
    advise('  Which values Maxwell loses: docs/guide/cdc-types.md, or alir status --json');
  if (sourceProblem !== null)
    print(`  The source does not answer, so columns and new tables are unknown: ${sourceProblem}`);
}

function nameOf({ database, table }: TableStatus): string {
  return `${database}.${table}`;
}

function stateOf({ state, loadedRows }: TableStatus): string {
  if (loadedRows === null) return 'unknown';
  return state === 'loading' ? `loading, ${plural(loadedRows, 'row')}` : (state ?? 'not seen yet');
}

function waiting({ lagRecords }: TableStatus): string {
  return lagRecords === null ? 'unknown' : count(lagRecords);
}

function ageOf({ lagSeconds }: TableStatus): string {
  return lagSeconds === null ? 'unknown' : `${count(lagSeconds)} s`;
}

function lossesOf({ losses }: TableStatus): string {
  const names = losses.filter(({ often }) => often).map(({ column }) => column);
  const more = names.length - namedColumns;
  return more > 0 ? `${names.slice(0, namedColumns).join(', ')} and ${more} more` : names.join(', ');
}
