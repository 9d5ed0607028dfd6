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
      'if Maxwell is stuck at a statement: restart it at the end of the binlog, then read every table again',
    )
    .option(
      '--yes',
      'do it: Maxwell skips the changes that it has not read yet, and Alir reads every table again instead',
    )
    .option('--force', 'also if Maxwell is not stuck, or shares its definitions with other clients')
    .option('--verify', 'wait until every table has been read, then compare')
    .option('--json', 'one line of JSON, last')
    .addHelpText(
      'after',
      '\nIf Alir did not start Maxwell, this command prints the steps for you to take, with their values.\ndocs/guide/maxwell-recover.md',
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
        `Maxwell is making progress: it is at ${(await standOf(source)).position}. There is nothing to recover.`,
        {
          remedy:
            'To read tables again: alir replica reload TABLE. To restart Maxwell at the end of the binlog anyway: --force',
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
      `Maxwell stands at ${stand.position}. It will skip all changes since then; Alir reads every table again instead.`,
      { remedy: 'Run: alir maxwell recover --yes' },
    );
  await begin(place, owned, flags);
}

/** A client that is started again would take today's definitions for changes that it has not read. */
function refuseShared(others: readonly string[], database: string): void {
  if (others.length === 0) return;
  throw new AlirError(
    'USAGE',
    `${others.join(', ')} ${others.length === 1 ? 'keeps its' : 'keep their'} definitions in ${database} too: after a restart, it would read older changes with today's definitions.`,
    {
      remedy:
        'If a client no longer exists, delete its row in the table positions. Recover each of the others too (MAXWELL_CLIENT_ID=…), with --force.',
    },
  );
}

async function begin(place: CommandContext, owned: MaxwellSwitch, flags: Flags): Promise<void> {
  const { config, database } = place;
  const recovered = await recover(config.source, owned, note);
  const { asked, waiting } = await readAllAgain(config, database, recovered.waitFor);
  for (const reason of waiting) note(`Not read again: ${reason}`);
  const tables = asked.map(({ table }) => table);
  if (flags.verify) {
    note(`waiting until ${tables.length} tables have been read`);
    await untilReloaded(database, config.source.database, asked);
  }
  const { from, to } = recovered;
  if (flags.json && !flags.verify) return printJson({ recovered: true, from, to, tables });
  if (!flags.json) {
    print(
      `Maxwell goes on at ${to}. It was at ${from} before: Alir reads the tables to make up for the changes in between.`,
    );
    advise(`While alir run is running, it reads ${tables.length} tables again. See: alir status`);
    if (!flags.verify) advise('When they have been read, compare: alir verify');
  }
  if (!flags.verify) return;
  const equal = await verify(place, { table: [], settle: 30, json: flags.json ?? false });
  if (!equal) process.exitCode = 1;
}
