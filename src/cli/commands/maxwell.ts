import { Command } from 'commander';
import { AlirError } from '../../errors/alir-error.ts';
import { inCommandContext, type CommandContext } from '../../operations/command-context.ts';
import { getsOn, standOf } from '../../operations/maxwell/health.ts';
import { ownedMaxwell } from '../../lab/stack/owned-maxwell.ts';
import { readAllAgain } from '../../operations/maxwell/read-again.ts';
import { recover, type MaxwellSwitch } from '../../operations/maxwell/recover.ts';
import { stepsByHand } from '../../operations/maxwell/steps.ts';
import { advise, note, print, printJson } from '../output.ts';
import { untilReloaded } from '../../operations/replica/reload.ts';
import { verify } from './verify.ts';

interface Flags {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** `alir maxwell`: the change data capture that feeds the replica. */
export function maxwellCommand(): Command {
  const maxwell = new Command('maxwell').description('the change data capture that feeds the replica');
  maxwell
    .command('recover')
    .description(
      'let a Maxwell that has stopped at a statement go on at the end of the binlog, and have every table read again',
    )
    .option(
      '--yes',
      'do it: what changed and Maxwell has not read comes by reading the tables, not as changes',
    )
    .option('--force', 'also where Maxwell gets on, or shares its definitions with other clients')
    .option('--verify', 'wait until every table has been read, and compare')
    .option('--json', 'one line of JSON, last')
    .addHelpText(
      'after',
      '\nWhere another than Alir starts Maxwell, the steps are printed, with their values.\ndocs/guide/maxwell-recover.md',
    )
    .action((flags: Flags) => inCommandContext((place) => run(place, flags)));
  return maxwell;
}

async function run(place: CommandContext, flags: Flags): Promise<void> {
  const { source } = place.config;
  const owned = await ownedMaxwell(place.config);
  const stand = await standOf(source);
  if (!flags.force) {
    refuseShared(stand.others, source.maxwell?.database ?? '');
    if ((owned === null || (await owned.isRunning())) && (await getsOn(source)))
      throw new AlirError(
        'USAGE',
        `Maxwell gets on: it stands at ${(await standOf(source)).position}. There is nothing to recover.`,
        {
          remedy: 'To have tables read again: alir replica reload TABLE. To begin anew all the same: --force',
        },
      );
  }
  if (owned === null) {
    const steps = await stepsByHand(source, stand);
    if (flags.json) return printJson({ recovered: false, steps });
    return steps.forEach(advise);
  }
  if (!flags.yes)
    throw new AlirError(
      'USAGE',
      `Maxwell stands at ${stand.position}. What changed since comes by reading every table again, not as changes.`,
      { remedy: 'Run: alir maxwell recover --yes' },
    );
  await begin(place, owned, flags);
}

/** A client that is started again would take today's definitions for changes that it has not read. */
function refuseShared(others: readonly string[], database: string): void {
  if (others.length === 0) return;
  throw new AlirError(
    'USAGE',
    `In ${database} ${others.join(', ')} ${others.length === 1 ? 'keeps its' : 'keep their'} definitions too: started again, it would read older changes by today's definitions.`,
    {
      remedy:
        'Delete the row of positions of a client that is no more. Recover each of the others as well (MAXWELL_CLIENT_ID=…), with --force.',
    },
  );
}

async function begin(place: CommandContext, owned: MaxwellSwitch, flags: Flags): Promise<void> {
  const { config, database } = place;
  const recovered = await recover(config.source, owned, note);
  const { asked, waiting } = await readAllAgain(config, database, recovered.waitFor);
  for (const reason of waiting) note(`Not asked to be read again: ${reason}`);
  const tables = asked.map(({ table }) => table);
  if (flags.verify) {
    note(`waiting until ${tables.length} tables have been read`);
    await untilReloaded(database, config.source.database, asked);
  }
  const { from, to } = recovered;
  if (flags.json && !flags.verify) return printJson({ recovered: true, from, to, tables });
  if (!flags.json) {
    print(
      `Maxwell goes on at ${to}. It stood at ${from}: what changed in between comes by reading the tables.`,
    );
    advise(`${tables.length} tables are read again where alir run runs. See: alir status`);
    if (!flags.verify) advise('When they have been read, compare: alir verify');
  }
  if (!flags.verify) return;
  const equal = await verify(place, { table: [], settle: 30, json: flags.json ?? false });
  if (!equal) process.exitCode = 1;
}
