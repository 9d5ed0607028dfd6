import { planBackfill } from '../../backfill/plan.ts';
import { parseSelector } from '../../backfill/selector.ts';
import type { BackfillPlan, Via } from '../../backfill/types.ts';
import type { CommandContext } from '../command-context.ts';

export interface PlanFlags extends Readonly<Record<string, unknown>> {
  readonly via?: Via | undefined;
}

/**
 * Plans what the flags ask for, by their names in camel case.
 *
 * @throws AlirError USAGE, and what planning throws
 */
export function planOf(
  { brokers, database, config }: CommandContext,
  flags: PlanFlags,
): Promise<BackfillPlan> {
  const place = {
    brokers,
    database,
    source: config.source,
    replicaDatabase: config.settings.MYSQL_REPLICA_DATABASE,
  };
  const selector = parseSelector(flags, { now: Date.now(), usualZone: config.settings.ALIR_TIME_ZONE });
  return planBackfill(place, selector, flags.via === undefined ? {} : { via: flags.via });
}
