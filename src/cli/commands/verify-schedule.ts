import Table from 'cli-table3';
import { Command } from 'commander';
import { AlirError } from '../../errors/alir-error.ts';
import { inCommandContext, type CommandContext } from '../../operations/command-context.ts';
import { note, print, printJson } from '../output.ts';
import { chooseTables } from '../../operations/verify/choose-tables.ts';
import { comparing, withTables, type CompareFlags } from '../compare-options.ts';
import { parseTimes, type TimeFlags } from '../../operations/verify/schedule-times.ts';
import {
  createSchedule,
  deleteSchedule,
  listSchedules,
  runSchedule,
  type VerifySchedule,
} from '../../operations/verify/schedules.ts';
import { hasWorker } from '../../process/worker-at-hand.ts';

interface JsonFlag {
  readonly json?: boolean;
}

interface SelectFlags extends JsonFlag {
  readonly table: readonly string[];
  readonly all?: boolean;
}

/** `alir verify schedule`: the comparison again and again, by itself. */
export function scheduleCommand(): Command {
  const command = new Command('schedule').description('compare tables regularly, by a Temporal Schedule');
  command.addCommand(
    comparing(new Command('create'))
      .description('schedule comparisons of the named tables, or of all that have a replica')
      .option('--every <interval>', 'how often: 30m, 6h, 1d')
      .option('--at <time>', 'every day at this time: 02:30')
      .option('--zone <zone>', 'time zone for --at (default: ALIR_TIME_ZONE)')
      .option('--json', 'one line of JSON')
      .action((flags: CompareFlags & TimeFlags & JsonFlag) =>
        inCommandContext((place) => create(place, flags)),
      ),
  );
  command.addCommand(
    new Command('list')
      .description('list the schedules and their latest results')
      .option('--json', 'one line of JSON')
      .action((flags: JsonFlag) =>
        inCommandContext(async (place) => show(await listSchedules(place), flags, 'There is none.')),
      ),
  );
  command.addCommand(
    selecting(new Command('delete'))
      .description('delete schedules; a running comparison continues')
      .action((flags: SelectFlags) => {
        checkSelection(flags);
        return inCommandContext((place) => forEach(place, flags, deleteSchedule, 'deleted'));
      }),
  );
  return command.addCommand(
    selecting(new Command('run-now'))
      .description(
        'compare now, unless a comparison is running already; alir verify schedule list shows the result',
      )
      .action((flags: SelectFlags) => {
        checkSelection(flags);
        return inCommandContext(async (place) => {
          await forEach(place, flags, runSchedule, 'asked to run');
          if (!(await hasWorker(place.config)))
            note('No worker is running. The comparison starts as soon as one does: alir run');
        });
      }),
  );
}

function selecting(command: Command): Command {
  return withTables(command).option('--all', 'every schedule').option('--json', 'one line of JSON');
}

function checkSelection({ table, all }: SelectFlags): void {
  if (table.length === 0 && !all)
    throw new AlirError('USAGE', '--table or --all is missing.', {
      remedy: 'Name a table, or give --all for every schedule.',
    });
}

async function create(place: CommandContext, flags: CompareFlags & TimeFlags & JsonFlag): Promise<void> {
  const times = parseTimes(flags, place.config.settings.ALIR_TIME_ZONE);
  const { database } = place.config.source;
  const created: VerifySchedule[] = [];
  for (const { table, problem } of await chooseTables(place.config, place.database, flags.table, note)) {
    // Only for now: by the time of a run it may be there.
    if (problem !== null) note(problem);
    const input = {
      database,
      table,
      settleMs: flags.settle * 1000,
      repair: flags.repair ?? false,
      allowDeletes: flags.allowDeletes ?? false,
    };
    created.push(await createSchedule(place, input, times));
  }
  if (!(await hasWorker(place.config))) note('No worker is running. Comparisons need one: alir run');
  show(created, flags, 'No table has a replica yet.');
}

async function forEach(
  place: CommandContext,
  { table, all, json }: SelectFlags,
  work: (place: CommandContext, table: string) => Promise<void>,
  done: string,
): Promise<void> {
  const tables = all ? (await listSchedules(place)).map((schedule) => schedule.table) : [...new Set(table)];
  for (const each of tables) {
    await work(place, each);
    if (!json) print(`${each}: ${done}.`);
  }
  if (json) printJson({ tables });
  else if (tables.length === 0) print('There is none.');
}

function show(schedules: readonly VerifySchedule[], { json }: JsonFlag, none: string): void {
  if (json) return printJson({ schedules });
  if (schedules.length === 0) return print(none);
  const table = new Table({
    head: ['table', 'when', 'repair', 'next', 'last', 'began'],
    style: { head: [], border: [] },
  });
  for (const { table: name, when, repair, next, last } of schedules)
    table.push([
      name,
      when,
      repair ? 'yes' : 'no',
      next?.toISOString() ?? 'none',
      last?.state ?? 'none yet',
      last?.at.toISOString() ?? '',
    ]);
  print(table.toString());
}
