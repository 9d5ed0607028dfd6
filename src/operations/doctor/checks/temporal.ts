import { searchAttributeKeys, taskQueues } from '../../../../temporal/contract.ts';
import { plural } from '../../../errors/sentences.ts';
import { ok, problem, warning, type Check, type Finding } from '../check.ts';
import type { Poller } from '../temporal-reader.ts';

export const namespacePresent: Check = {
  name: 'namespace',
  area: 'Temporal',
  needs: ['temporal'],
  async run({ temporal, config }) {
    return [judgeNamespace(config.settings.TEMPORAL_NAMESPACE, await temporal.retentionDays())];
  },
};

export function judgeNamespace(namespace: string, retentionDays: number | null): Finding {
  if (retentionDays === null) return ok(`The namespace ${namespace} is there.`);
  const kept = plural(Math.round(retentionDays * 10) / 10, 'day');
  return ok(`The namespace ${namespace} is there and keeps finished batches for ${kept}.`);
}

export const searchAttributes: Check = {
  name: 'search attributes',
  area: 'Temporal',
  needs: ['temporal'],
  run: async ({ temporal }) => judgeSearchAttributes(await temporal.searchAttributes()),
};

/** @param registered type of each custom search attribute by its name */
export function judgeSearchAttributes(registered: ReadonlyMap<string, string>): Finding[] {
  const keys = Object.values(searchAttributeKeys);
  const missing = keys.filter(({ name }) => !registered.has(name)).map(({ name }) => name);
  const wrong = keys.filter(({ name, type }) => registered.has(name) && registered.get(name) !== type);
  const findings: Finding[] = wrong.map(({ name, type }) =>
    problem({
      found: `The search attribute ${name} has the type ${registered.get(name) ?? ''}, not ${type}.`,
      means: 'Temporal refuses to start any batch.',
      todo: `Remove it (temporal operator search-attribute remove --name ${name}) or use a namespace of Alir's own.`,
    }),
  );
  if (missing.length > 0) {
    findings.push(
      warning({
        found: `Search attributes are missing: ${missing.join(', ')}.`,
        means: 'Alir registers them when it starts.',
        todo: 'Run: alir run',
      }),
    );
  }
  return findings.length > 0 ? findings : [ok(`All ${keys.length} are registered.`)];
}

export const workerPolls: Check = {
  name: 'worker',
  area: 'Temporal',
  needs: ['temporal'],
  async run({ temporal }) {
    const [workflows, activities] = await Promise.all([
      temporal.pollers(taskQueues.live, 'workflow'),
      temporal.pollers(taskQueues.live, 'activity'),
    ]);
    return [judgePollers(taskQueues.live, workflows, activities, Date.now())];
  },
};

/** A poll lasts a minute, and a worker that ended stays in Temporal's list for five. */
const silentMs = 150_000;

/** Workers that still ask for work, as far as is known, by their identities. */
export function workersAtWork(
  workflows: readonly Poller[],
  activities: readonly Poller[],
  now: number,
): string[] {
  const alive = (pollers: readonly Poller[]) =>
    pollers.filter(
      ({ lastAccess, hasEnded }) => !hasEnded && (lastAccess === null || now - lastAccess < silentMs),
    );
  const identities = new Set(alive(workflows).map(({ identity }) => identity));
  return alive(activities).length > 0 ? [...identities] : [];
}

export function judgePollers(
  queue: string,
  workflows: readonly Poller[],
  activities: readonly Poller[],
  now: number,
): Finding {
  const identities = workersAtWork(workflows, activities, now);
  if (identities.length > 0)
    return ok(
      `${identities.join(', ')} ${identities.length === 1 ? 'asks' : 'ask'} the queue ${queue} for work.`,
    );
  const seen = Math.max(...[...workflows, ...activities].map(({ lastAccess }) => lastAccess ?? 0));
  const last = seen > 0 ? `, the last one ${Math.round((now - seen) / 1000)} s ago` : '';
  return problem({
    found: `No worker asks the queue ${queue} for work${last}.`,
    means: 'Batches start and wait; nothing is loaded, and nothing is lost.',
    todo: 'Run: alir run (or alir worker)',
  });
}
