import Table from 'cli-table3';
import { Command } from 'commander';
import { countRefetches } from '../../metadata/refetches.ts';
import { advise, count, print, printJson } from '../output.ts';
import { listReplica, reloadTables, untilReloaded } from '../../operations/replica/reload.ts';
import { inCommandContext } from '../../operations/command-context.ts';

/** `alir replica`: what the replica has of each table, and reading a table again. */
export function replicaCommand(): Command {
  return new Command('replica')
    .description('the tables of the replica')
    .addCommand(listCommand())
    .addCommand(reloadCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('list the tables, their states, and single rows that Alir still has to read from the source')
    .option('--json', 'one line of JSON')
    .action((flags: { json?: boolean }) =>
      inCommandContext(async ({ database }) => {
        const tables = await listReplica(database);
        if (flags.json) return printJson({ tables });
        const shown = new Table({
          head: ['table', 'state', 'loads', 'rows read', 'rows asked for'],
          style: { head: [], border: [] },
        });
        for (const { name, state, loads, loadedRows, refetches } of tables)
          shown.push([name, state, loads, count(loadedRows), count(refetches)]);
        print(tables.length === 0 ? 'No table has been seen yet.' : shown.toString());
        for (const { name, reason } of tables) if (reason !== null) advise(`${name}: ${reason}`);
        for (const { database: of, table, problem } of await countRefetches(database))
          if (problem !== null) print(`${of}.${table}: a row cannot be read. ${problem}`);
      }),
    );
}

function reloadCommand(): Command {
  return new Command('reload')
    .description(
      'read tables again from the source, for example after a TRUNCATE; changes still arrive meanwhile',
    )
    .argument('<table...>', 'tables of the source')
    .option('--wait', 'wait until they have been read')
    .option('--allow-deletes', 'allow removing any number of rows that the source does not have')
    .action((tables: readonly string[], flags: { wait?: boolean; allowDeletes?: boolean }) =>
      inCommandContext(async ({ config, database }) => {
        const { allowDeletes = false } = flags;
        const loads = await reloadTables(config, database, tables, { allowDeletes });
        for (const { table, load, waitFor } of loads)
          print(
            `${table}: load ${load} is requested${waitFor === null ? '.' : `; it starts once Maxwell has passed ${waitFor}.`}`,
          );
        if (!flags.wait) return;
        await untilReloaded(database, config.source.database, loads);
        for (const { table } of loads) print(`${table}: read.`);
      }),
    );
}
