import Table from 'cli-table3';
import { Command } from 'commander';
import { printPlan } from '../../backfill/print-plan.ts';
import { planRequest, runRequest } from '../../backfill/request.ts';
import type { BackfillPlan } from '../../backfill/types.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import {
  getBackfill,
  getBackfills,
  progressOf,
  signalBackfill,
  summaryOf,
  type Backfill,
} from '../../operations/backfill/control.ts';
import { inCommandContext, type CommandContext } from '../../operations/command-context.ts';
import { planOf } from '../../operations/backfill/plan.ts';
import { startBackfill } from '../../operations/backfill/start.ts';
import { watchBackfill } from '../watch-run.ts';
import { wholeFrom } from '../numbers.ts';
import { count, note, print, printJson } from '../output.ts';
import { addOptions, requestOf } from '../schema-options.ts';
import { hasWorker, withWorker } from '../../process/worker-at-hand.ts';

interface Flags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
  readonly wait?: boolean;
}

const helpWords = {
  values: {
    pipeline: 'name',
    table: 'name',
    since: 'time',
    until: 'time',
    zone: 'zone',
    fromPosition: 'file:offset',
    toPosition: 'file:offset',
    wherePk: 'range',
    batches: 'kind',
    via: 'way',
    sink: 'sink',
  },
  without: { rewrite: 'apply newer changes only; do not touch rows that already have the same version' },
};

/** `alir backfill`: any part of the past, run again. */
export function backfillCommand(): Command {
  const command = new Command('backfill').description(
    'run part of the past again, chosen by offsets, times, binlog positions, keys, or failed batches',
  );
  command.addCommand(
    addOptions(new Command('plan'), planRequest, helpWords)
      .description('show what a backfill would do; changes nothing')
      .option('--json', 'one line of JSON')
      .action((flags: Flags) =>
        inCommandContext(async (place) => show(await planOf(place, requestOf(planRequest, flags)), flags)),
      ),
  );
  command.addCommand(
    addOptions(new Command('run'), runRequest, helpWords)
      .description('plan a backfill and start it')
      .option('--wait', 'wait until it has ended, and show its progress')
      .option('--json', 'one line of JSON')
      .action((flags: Flags) => inCommandContext((place) => run(place, flags))),
  );
  command.addCommand(
    new Command('list')
      .description('list the last backfills, newest first')
      .option('--open', 'only those that have not ended')
      .option('--json', 'one line of JSON')
      .action((flags: { open?: boolean; json?: boolean }) => inCommandContext((place) => list(place, flags))),
  );
  command.addCommand(
    new Command('status')
      .description('show the progress of a backfill and the outcome of its records')
      .argument('<id>')
      .option('--json', 'one line of JSON')
      .action((id: string, flags: { json?: boolean }) =>
        inCommandContext((place) => status(place, id, flags)),
      ),
  );
  for (const [name, signal, description] of signals) {
    command.addCommand(
      new Command(name)
        .description(description)
        .argument('<id>')
        .option('--json', 'one line of JSON')
        .action((id: string, { json }: { json?: boolean }) =>
          inCommandContext(async (place) => {
            await signalBackfill(place, id, signal);
            if (json) printJson({ id, asked: name });
            else print(`Asked the backfill ${id} to ${name}.`);
          }),
        ),
    );
  }
  return command.addCommand(
    new Command('rate')
      .description('change the speed limit of a running backfill')
      .argument('<id>')
      .argument('<rows-per-second>', 'a whole number, or none')
      .option('--json', 'one line of JSON')
      .action((id: string, rate: string, { json }: { json?: boolean }) =>
        inCommandContext(async (place) => {
          const maxRowsPerSecond = rate === 'none' ? null : wholeFrom(1)(rate);
          await signalBackfill(place, id, 'setBackfillRate', maxRowsPerSecond);
          if (json) printJson({ id, asked: 'rate', maxRowsPerSecond });
          else
            print(
              `The backfill ${id} runs at ${maxRowsPerSecond === null ? 'full speed' : `up to ${plural(maxRowsPerSecond, 'row')} a second`}.`,
            );
        }),
      ),
  );
}

const signals = [
  ['pause', 'pauseBackfill', 'finish the pages in progress, then wait'],
  ['resume', 'resumeBackfill', 'continue after a pause'],
  ['cancel', 'cancelBackfill', 'finish the pages in progress, then end; rows already applied stay'],
] as const;

function show(planned: BackfillPlan, { json }: Flags): void {
  if (json) printJson(planned);
  else print(printPlan(planned));
}

async function run(place: CommandContext, flags: Flags): Promise<void> {
  const asked = requestOf(runRequest, flags);
  const planned = await planOf(place, asked);
  if (!flags.json) print(printPlan(planned));
  const { rewrite, sink, dryRun, allowDeletes, maxRowsPerSecond = null } = asked;
  const options = { rewrite, sink, dryRun, allowDeletes, maxRowsPerSecond };
  const start = async (): Promise<string> => {
    const id = await startBackfill(place, planned, options);
    note(`Backfill ${id} has started: alir backfill status ${id}`);
    return id;
  };
  if (!flags.wait) {
    const id = await start();
    if (!(await hasWorker(place.config)))
      note('No worker is running. The backfill starts as soon as one does: alir run');
    if (flags.json) printJson({ id, state: 'running' });
    return;
  }
  const ended = await withWorker(place.config, note, async () => watchBackfill(place, await start()));
  if (flags.json) printJson(summaryOf(ended));
  else printBackfill(ended);
  if (ended.state === 'failed')
    throw new AlirError(
      'BACKFILL_FAILED',
      `The backfill ${ended.id} failed: ${ended.reason ?? 'see its workflow'}`,
    );
}

async function list(
  place: CommandContext,
  { open, json }: { open?: boolean; json?: boolean },
): Promise<void> {
  const backfills = await getBackfills(place, { open: open ?? false, limit: 50 });
  if (json) return printJson({ backfills: backfills.map(summaryOf) });
  if (backfills.length === 0) return print('There are no backfills.');
  const table = new Table({
    head: ['id', 'pipeline', 'via', 'state', 'rows', 'began'],
    style: { head: [], border: [] },
  });
  for (const { id, pipeline, via, state, plan: planned, createdAt } of backfills)
    table.push([id, pipeline, via, state, count(planned.rows), createdAt.toISOString()]);
  print(table.toString());
}

async function status(place: CommandContext, id: string, { json }: { json?: boolean }): Promise<void> {
  const backfill = await getBackfill(place, id);
  const progress = backfill.finishedAt === null ? await progressOf(place, backfill) : null;
  if (json) return printJson({ ...summaryOf(backfill), progress });
  printBackfill({ ...backfill, counts: progress?.counts ?? backfill.counts });
  if (progress) print(`  ${count(progress.done)} of ${count(progress.total)} done`);
}

function printBackfill({ id, state, reason, counts }: Backfill): void {
  print(`Backfill ${id}: ${state}${reason === null ? '' : ` (${reason})`}`);
  const figures = Object.entries<number>({ ...counts }).filter(([, figure]) => figure > 0);
  if (figures.length > 0)
    print(`  ${figures.map(([name, figure]) => `${count(figure)} ${name}`).join(', ')}`);
}
