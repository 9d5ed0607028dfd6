import { planBackfill } from '../../backfill/plan.ts';
import type { PlanRequest } from '../../backfill/request.ts';
import { selectorOf } from '../../backfill/selector.ts';
import type { BackfillPlan } from '../../backfill/types.ts';
import type { CommandContext } from '../command-context.ts';

/**
 * Plans what a request asks for; changes nothing.
 *
 * @throws RequestError, and what planning throws
 */
export function planOf(
  { brokers, database, config }: CommandContext,
  asked: PlanRequest,
): Promise<BackfillPlan> {
  const { MYSQL_REPLICA_DATABASE: replicaDatabase, ALIR_TIME_ZONE: usualZone } = config.settings;
  const place = { brokers, database, source: config.source, replicaDatabase };
  const selector = selectorOf(asked, { now: Date.now(), usualZone });
  return planBackfill(place, selector, asked.via === undefined ? {} : { via: asked.via });
}
