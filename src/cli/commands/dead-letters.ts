import { Command } from 'commander';
import { inCommandContext } from '../../operations/command-context.ts';
import { findLetters, getLetterWithHistory } from '../../operations/dead-letters/find-letter.ts';
import { letterJson, summaryJson } from '../../operations/dead-letters/letter-json.ts';
import { outlookOf } from '../../operations/dead-letters/outlook.ts';
import { printable } from '../../operations/dead-letters/printable.ts';
import { printLetter } from '../../operations/dead-letters/print-letter.ts';
import { nextCommands, printLetters } from '../../operations/dead-letters/print-letters.ts';
import { listRequest } from '../../operations/dead-letters/request.ts';
import { advise, print, printJson } from '../output.ts';
import { addOptions, requestOf } from '../schema-options.ts';
import { discardCommand } from './dead-letters-discard.ts';
import { eraseCommand } from './dead-letters-erase.ts';
import { exportCommand, importCommand } from './dead-letters-files.ts';
import { editCommand } from './dead-letters-edit.ts';
import { redriveCommands } from './dead-letters-redrive.ts';
import { letterHelpWords } from './dead-letters-help.ts';

/** `alir dead-letters`: the records that could not be loaded. */
export function deadLettersCommand(): Command {
  const command = new Command('dead-letters')
    .alias('dlq')
    .description(
      'the records that could not be loaded: look at them, correct them, load them again, discard them',
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(editCommand())
    .addCommand(discardCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(eraseCommand());
  for (const each of redriveCommands()) command.addCommand(each);
  return command;
}

function listCommand(): Command {
  return addOptions(new Command('list'), listRequest, letterHelpWords)
    .description('count dead letters by what is wrong, and list the newest')
    .option('--json', 'one line of JSON')
    .action((flags: { json?: boolean }) =>
      inCommandContext(async (place) => {
        const found = await findLetters(place, requestOf(listRequest, flags));
        if (flags.json) return printJson({ groups: found.groups, letters: found.letters.map(summaryJson) });
        if (found.letters.length === 0) return print('There are no such dead letters.');
        print(printLetters(found));
        nextCommands(found).forEach(advise);
      }),
    );
}

function showCommand(): Command {
  return new Command('show')
    .description('show a dead letter: where it is from, what is wrong and where, and what was done with it')
    .argument('<id>')
    .option('--json', 'one line of JSON; bytes as base64')
    .action((id: string, { json }: { json?: boolean }) =>
      inCommandContext(async ({ database }) => {
        const { letter, events } = await getLetterWithHistory(database, id);
        const outlook = await outlookOf(letter);
        if (json) return printJson({ ...letterJson(letter, events), outlook });
        print(printLetter(letter, events));
        if (outlook !== null) advise(printable(outlook));
      }),
    );
}
