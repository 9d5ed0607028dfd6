import { Command } from 'commander';
import { plural } from '../../errors/sentences.ts';
import { inCommandContext } from '../../operations/command-context.ts';
import { actorOf } from '../../operations/dead-letters/actor.ts';
import { exportLetters } from '../../operations/dead-letters/export-letters.ts';
import { importEdits, type ImportedEdits } from '../../operations/dead-letters/import-edits.ts';
import { printable } from '../../operations/dead-letters/printable.ts';
import { exportRequest } from '../../operations/dead-letters/request.ts';
import { advise, print, printJson } from '../output.ts';
import { addOptions, requestOf } from '../schema-options.ts';
import { letterHelpWords } from './dead-letters-help.ts';

interface ExportFlags extends Readonly<Record<string, unknown>> {
  readonly to: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface ImportFlags {
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `alir dead-letters export`: for people who correct in a spreadsheet. */
export function exportCommand(): Command {
  return addOptions(new Command('export'), exportRequest, letterHelpWords)
    .description('write dead letters into a CSV file, to correct their values in a spreadsheet')
    .requiredOption('--to <file>', 'name of the CSV file')
    .option('--force', 'replace a file of that name')
    .option('--json', 'one line of JSON')
    .action((flags: ExportFlags) =>
      inCommandContext(async (place) => {
        const { to, force = false, json } = flags;
        const done = await exportLetters(place, requestOf(exportRequest, flags), { to, force });
        if (json) return printJson({ ...done, to });
        print(`${to} has ${plural(done.letters, 'dead letter')}.`);
        if (done.leftOut > 0)
          print(
            `${plural(done.leftOut, 'letter')} left out: their values are no UTF-8 text, or only Kafka has them.`,
          );
        advise(`Correct the column value, then: alir dead-letters import-edits ${to}`);
      }),
    );
}

/** `alir dead-letters import-edits`: the corrections of such a file. */
export function importCommand(): Command {
  return new Command('import-edits')
    .description('take the corrections of a CSV file that export has written')
    .argument('<file>')
    .option('--by <name>', 'who has corrected; default: the name of your user')
    .option('--dry-run', 'only check the file')
    .option('--json', 'one line of JSON')
    .action((file: string, { by, dryRun = false, json }: ImportFlags) =>
      inCommandContext(async ({ database }) => {
        const done = await importEdits(database, file, { by: actorOf(by), dryRun });
        if (done.refused.length > 0) process.exitCode = 1;
        if (json) printJson(done);
        else printImported(done);
      }),
    );
}

function printImported({ corrected, unchanged, refused, dryRun }: ImportedEdits): void {
  print(
    `${plural(corrected, 'letter')} ${dryRun ? 'would be' : 'are'} corrected, ${unchanged} as before, ` +
      `${refused.length} refused.`,
  );
  for (const { line, id, reason } of refused)
    print(`  Line ${line}, id ${printable(id)}: ${printable(reason)}.`);
  if (corrected > 0 && !dryRun) advise('Load them: alir dead-letters redrive');
}
