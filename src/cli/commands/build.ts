import Table from 'cli-table3';
import { Command } from 'commander';
import { ownBuild, readCurrentBuild, setCurrentBuild, unversioned } from '../../../temporal/client/builds.ts';
import { buildsWithWorkers } from '../../metadata/build-locks.ts';
import { listBuilds, renumberBuild } from '../../metadata/builds.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { inCommandContext, type CommandContext } from '../../operations/command-context.ts';
import { print, printJson } from '../output.ts';

/** How workers without versions are called on the command line. */
const noBuild = 'unversioned';

/** `alir build`: which build of Alir gets the work, and giving it to another one. */
export function buildCommand(): Command {
  return new Command('build')
    .description('show the builds of Alir and choose which of them gets the work (ALIR_VERSIONING)')
    .addCommand(listCommand())
    .addCommand(promoteCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('list the builds, newest last, and whether each has a running worker')
    .option('--json', 'one line of JSON')
    .action((flags: { json?: boolean }) =>
      inCommandContext(async (place) => {
        const known = await listBuilds(place.database);
        const running = await runningOf(place, [...known.map(({ id }) => id), unversioned]);
        const { workflowService } = await place.temporal();
        const current = await readCurrentBuild(workflowService, place.config.settings.TEMPORAL_NAMESPACE);
        const builds = known.map(({ id, number, firstSeenAt }) => ({
          build: id || noBuild,
          number,
          firstSeenAt: firstSeenAt.toISOString(),
          current: id === current,
          running: running.has(id),
        }));
        if (flags.json) return printJson({ current: current || noBuild, builds });
        const shown = new Table({
          head: ['build', 'number', 'first seen', 'current', 'a worker runs'],
          style: { head: [], border: [] },
        });
        for (const { build, number, firstSeenAt, ...is } of builds)
          shown.push([build, number, firstSeenAt, is.current ? 'yes' : '', is.running ? 'yes' : 'no']);
        if (builds.length > 0) print(shown.toString());
        if (current === unversioned)
          print('No build is the current one: workers without versions get the work.');
      }),
    );
}

function promoteCommand(): Command {
  return new Command('promote')
    .description('give the work to a build, even an older one; it then counts as the newest')
    .argument('[build]', `as alir build list shows it, or ${noBuild}; default: that of this command`)
    .action((asked: string | undefined) =>
      inCommandContext(async (place) => {
        const { config, database } = place;
        const build = asked === undefined ? await ownBuild(config) : asked === noBuild ? unversioned : asked;
        const name = build || noBuild;
        const known = await listBuilds(database);
        if (build !== unversioned && !known.some(({ id }) => id === build))
          throw new AlirError('BUILD_MISSING', `No worker of the build ${name} has been seen.`);
        if (!(await runningOf(place, [build], 3_000)).has(build))
          throw new AlirError(
            'BUILD_IDLE',
            `No worker of the build ${name} is running: nothing would be applied.`,
          );
        const number = await renumberBuild(database, build);
        await setCurrentBuild(await place.temporal(), config.settings.TEMPORAL_NAMESPACE, build, () =>
          Promise.resolve(true),
        );
        print(`${name} is the current build, and the newest one (number ${number}).`);
      }),
    );
}

function runningOf({ config, database }: CommandContext, builds: readonly string[], waitMs = 0) {
  return buildsWithWorkers(
    (sql, values) => database.$queryRawUnsafe(sql, ...values),
    config.target.database,
    builds,
    waitMs,
  );
}
