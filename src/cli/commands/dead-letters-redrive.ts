import Table from 'cli-table3';
import { Command } from 'commander';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import type { RedriveRow } from '../../metadata/dead-letters/redrives.ts';
import { inCommandContext, type CommandContext } from '../../operations/command-context.ts';
import { redriveRequest } from '../../operations/dead-letters/redrive-request.ts';
import {
  getRedrive,
  getRedrives,
  redriveProgress,
  signalRedrive,
  startRedriveOf,
} from '../../operations/dead-letters/redrive.ts';
import { hasWorker, withWorker } from '../../process/worker-at-hand.ts';
import { wholeFrom } from '../numbers.ts';
import { count, note, print, printJson } from '../output.ts';
import { addOptions, requestOf } from '../schema-options.ts';
import { watchRedrive } from '../watch-run.ts';
import { letterHelpWords } from './dead-letters-help.ts';

interface Flags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
  readonly wait?: boolean;
}

const signals = { pause: 'pauseBackfill', resume: 'resumeBackfill', cancel: 'cancelBackfill' } as const;

/** `alir dead-letters redrive`, and what steers one. */
export function redriveCommands(): Command[] {
  const redrive = addOptions(new Command('redrive'), redriveRequest.omit({ ids: true }), letterHelpWords)
    .description('load dead letters again: those that are right now, in their own version')
    .argument('[ids...]', 'these letters only')
    .option('--wait', 'wait until it has ended, and show its progress')
    .option('--json', 'one line of JSON')
    .action((ids: string[], flags: Flags) => inCommandContext((place) => run(place, ids, flags)));
  const redrives = new Command('redrives')
    .description('list the last redrives, or steer one: pause, resume, cancel, rate')
    .argument('[id]', 'one redrive')
    .argument('[order]', 'pause, resume, cancel, or rate followed by letters per second or none')
    .argument('[rate]')
    .option('--json', 'one line of JSON')
    .action((id: string | undefined, order: string | undefined, rate: string | undefined, flags: Flags) =>
      inCommandContext((place) =>
        id === undefined
          ? list(place, flags)
          : order === undefined
            ? status(place, id, flags)
            : tell(place, id, order, rate, flags),
      ),
    );
  return [redrive, redrives];
}

async function run(place: CommandContext, ids: readonly string[], flags: Flags): Promise<void> {
  const asked = requestOf(redriveRequest, { ...flags, ...(ids.length > 0 && { ids }) });
  const start = () => startRedriveOf(place, asked);
  const say = (started: { id: string; letters: number }): void =>
    note(
      `${asked.dryRun ? 'Dry run' : 'Redrive'} ${started.id} of ${plural(started.letters, 'dead letter')} has started: alir dead-letters redrives ${started.id}`,
    );
  if (!flags.wait && !asked.dryRun) {
    const started = await start();
    if (started === null) return nothing(flags);
    say(started);
    if (!(await hasWorker(place.config)))
      note('No worker is running. The redrive starts as soon as one does: alir run');
    if (flags.json) printJson({ ...started, state: 'running' });
    return;
  }
  const ended = await withWorker(place.config, note, async () => {
    const started = await start();
    if (started === null) return null;
    say(started);
    return watchRedrive(place, started.id);
  });
  if (ended === null) return nothing(flags);
  if (flags.json) printJson(ended);
  else printRedrive(ended);
  if (ended.state === 'failed')
    throw new AlirError(
      'BACKFILL_FAILED',
      `The redrive ${ended.id} failed: ${ended.reason ?? 'see its workflow'}`,
      { remedy: 'Fix what the message names, then start it again: what is done stays done.' },
    );
}

function nothing({ json }: Flags): void {
  if (json) printJson({ letters: 0 });
  else print('No open dead letter matches.');
}

async function list(place: CommandContext, { json }: Flags): Promise<void> {
  const redrives = await getRedrives(place, 50);
  if (json) return printJson({ redrives });
  if (redrives.length === 0) return print('There are no redrives.');
  const table = new Table({
    head: ['id', 'state', 'letters', 'loaded', 'began'],
    style: { head: [], border: [] },
  });
  for (const { id, state, dryRun, letters, counts, createdAt } of redrives)
    table.push([
      id,
      dryRun ? `${state}, dry run` : state,
      count(letters),
      counts === null ? '-' : count(counts.loaded),
      createdAt.toISOString(),
    ]);
  print(table.toString());
}

async function status(place: CommandContext, id: string, { json }: Flags): Promise<void> {
  const row = await getRedrive(place, id);
  const progress = row.finishedAt === null ? await redriveProgress(place, row) : null;
  if (json) return printJson({ ...row, progress });
  printRedrive({ ...row, counts: progress?.counts ?? row.counts });
  if (progress) print(`  ${count(progress.done)} of ${count(progress.total)} done`);
}

async function tell(
  place: CommandContext,
  id: string,
  order: string,
  rate: string | undefined,
  { json }: Flags,
): Promise<void> {
  if (order === 'rate')
    await signalRedrive(place, id, 'setBackfillRate', rate === 'none' ? null : wholeFrom(1)(rate ?? ''));
  else if (order === 'pause' || order === 'resume' || order === 'cancel')
    await signalRedrive(place, id, signals[order]);
  else
    throw new AlirError('USAGE', `A redrive takes no order ${order}.`, {
      remedy: 'Give it one of: pause, resume, cancel, rate.',
    });
  if (json) printJson({ id, asked: order });
  else print(`Asked the redrive ${id} to ${order === 'rate' ? 'change its rate' : order}.`);
}

function printRedrive({ id, state, dryRun, reason, counts }: RedriveRow): void {
  print(`${dryRun ? 'Dry run' : 'Redrive'} ${id}: ${state}${reason === null ? '' : ` (${reason})`}`);
  const figures = Object.entries<number>({ ...counts }).filter(([, figure]) => figure > 0);
  if (figures.length > 0)
    print(`  ${figures.map(([name, figure]) => `${count(figure)} ${name}`).join(', ')}`);
}
