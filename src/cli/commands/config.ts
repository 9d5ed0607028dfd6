import Table from 'cli-table3';
import { Command } from 'commander';
import { describeConfig, loadConfig } from '../../config/load-config.ts';
import { settingsSchema } from '../../config/settings.ts';
import { print, printJson } from '../output.ts';

/** `alir config`: the effective settings, where each came from, secrets masked. */
export function configCommand(): Command {
  return new Command('config')
    .description('print the effective settings, where each comes from, secrets masked')
    .option('--json', 'one line of JSON')
    .addHelpText('after', settingsText)
    .action((options: { json?: boolean }) => {
      const rows = describeConfig(loadConfig());
      if (options.json) {
        printJson(Object.fromEntries(rows.map(({ name, value, origin }) => [name, { value, origin }])));
        return;
      }
      const table = new Table({
        head: ['setting', 'value', 'from', 'meaning'],
        style: { head: [], border: [] },
      });
      for (const row of rows) table.push([row.name, row.value, row.origin, row.description]);
      print(table.toString());
    });
}

/** Every setting with its meaning: what the help shows even where a wrong value keeps the table from being made. */
function settingsText(): string {
  const lines = Object.entries(settingsSchema.shape).map(
    ([name, { description = '' }]) => `  ${name.padEnd(28)}${description}`,
  );
  return `\nSettings (environment variables):\n${lines.join('\n')}`;
}
