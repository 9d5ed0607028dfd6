import type { Client } from '@temporalio/client';
import { readCurrentBuild, unversioned } from '../../../temporal/client/builds.ts';
import type { Config } from '../../config/load-config.ts';
import { buildsWithWorkers } from '../../metadata/build-locks.ts';
import type { Database } from '../../mysql/connection.ts';
import type { SampledGauges } from '../../observability/sampled-gauges.ts';

const gauges = {
  alir_current_build_without_worker: {
    help: '1: Temporal gives all work to this build, and none of its workers runs; 0: one does',
    labels: ['build'],
  },
};

/** One worker of a build takes over from another within a second: what is missing for so long is gone. */
const handOverMs = 2_000;

/** Whether the current build has a worker; nothing where workers have no versions. */
export function buildGauges(
  { target, settings }: Config,
  { client, database }: { client: Client; database: Database },
): SampledGauges<keyof typeof gauges> {
  let missing: { readonly build: string; readonly since: number } | null = null;
  return {
    reading: 'build',
    everyMs: 1_000,
    gauges,
    async read() {
      const build = await readCurrentBuild(client.workflowService, settings.TEMPORAL_NAMESPACE);
      if (build === unversioned) return { alir_current_build_without_worker: [] };
      const found = await buildsWithWorkers(
        (sql, values) => database.$queryRawUnsafe(sql, ...values),
        target.database,
        [build],
        0,
      );
      const now = performance.now();
      if (found.has(build)) missing = null;
      else if (missing?.build !== build) missing = { build, since: now };
      const isGone = missing !== null && now - missing.since >= handOverMs;
      return {
        alir_current_build_without_worker: [{ labels: { build }, value: Number(isGone) }],
      };
    },
  };
}
