import { unversioned } from '../../../../temporal/client/builds.ts';
import { quoteName } from '../../../cdc/schema/quote.ts';
import { buildsWithWorkers } from '../../../metadata/build-locks.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';

export const currentBuild: Check = {
  name: 'current build',
  area: 'Temporal',
  needs: ['temporal', 'target'],
  async run({ temporal, target, config }) {
    const { database } = config.target;
    try {
      const rows = await target.query<{ id: string }>(
        `SELECT build_id AS id FROM ${quoteName(database)}.etl_builds ORDER BY number DESC`,
      );
      const known = rows.map(({ id }) => id);
      const current = await temporal.currentBuild();
      const ask = <Row>(sql: string, values: readonly unknown[]) => target.query<Row>(sql, values);
      // The current one is waited for, while another worker of it takes over; of the others nothing hangs on a moment.
      const working = await buildsWithWorkers(ask, database, [current]);
      const others = known.filter((id) => id !== current).slice(0, shownAtMost);
      const waiting = await buildsWithWorkers(ask, database, others, 0);
      return [judgeBuilds({ known, current, isWorking: working.size > 0, waiting: [...waiting] })];
    } catch (error) {
      // The check of the migrations tells that.
      if (!(error instanceof AlirError) || error.code !== 'SCHEMA_NOT_MIGRATED') throw error;
      return [skipped('The tables of Alir do not exist.')];
    }
  },
};

const shownAtMost = 20;

export interface BuildFacts {
  /** Every build, the newest first. */
  readonly known: readonly string[];
  /** '' for workers without versions. */
  readonly current: string;
  /** Whether a worker of the current one runs. */
  readonly isWorking: boolean;
  /** Other builds of which a worker runs. */
  readonly waiting: readonly string[];
}

export function judgeBuilds({ known, current, isWorking, waiting }: BuildFacts): Finding {
  const newest = [...waiting].sort((a, b) => known.indexOf(a) - known.indexOf(b))[0];
  if (current === unversioned && newest === undefined) return ok('Workers have no versions.');
  const gets =
    current === unversioned ? 'Workers without versions get the work' : `Build ${current} gets the work`;
  if (isWorking) {
    const isNewer = newest !== undefined && known.indexOf(newest) < known.indexOf(current);
    if (!isNewer) return ok(`${gets}, and such a worker runs.`);
    return warning({
      found: `${gets}, but build ${newest} is newer.`,
      means: 'Its workers get no work yet.',
      todo: `Run: alir build promote ${newest}`,
    });
  }
  const means = 'Batches start and wait; nothing is loaded, and nothing is lost.';
  if (newest === undefined)
    return problem({
      found: `${gets}, and no worker is running.`,
      means,
      todo: 'Run: alir run (or alir worker)',
    });
  const others = waiting.map((build) => build || 'unversioned').join(', ');
  return problem({
    found: `${gets}, and none of its workers runs; there are workers of ${others}.`,
    means,
    todo: `Start such a worker, or give the work to another build: alir build promote ${newest || 'unversioned'}`,
  });
}
