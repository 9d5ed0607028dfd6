import type { Config } from '../../../config/load-config.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import { readMaxwellSettings } from '../maxwell-file.ts';
import { rules } from '../maxwell-rules.ts';

export type Settings = ReadonlyMap<string, string>;

/** Settings of Maxwell that would lose changes or their order. */
export const maxwellSettings: Check = {
  name: 'settings',
  area: 'Maxwell',
  needs: [],
  run({ stack, config }) {
    const settings = readMaxwellSettings(stack);
    return Promise.resolve(
      settings
        ? judgeMaxwell(settings, databasesOf(config))
        : [
            skipped(
              "Maxwell's settings cannot be read from here.",
              'Compare them with deploy/maxwell/config.properties.',
            ),
          ],
    );
  },
};

function databasesOf({ source, target }: Config): { source: string; target: string | null } {
  const isSameServer = source.host === target.host && source.port === target.port;
  return { source: source.database, target: isSameServer ? target.database : null };
}

/** @param databases the source, and the target where Maxwell could read it: on the same server */
export function judgeMaxwell(
  settings: Settings,
  databases: { readonly source: string; readonly target: string | null },
): Finding[] {
  const findings: Finding[] = [];
  for (const { name, fallback, right, level, means, todo } of rules) {
    const value = settings.get(name) ?? fallback;
    if (right(value)) continue;
    const source = settings.has(name) ? '' : ' by default';
    const trouble = { found: `${name} is ${value}${source}.`, means, todo };
    findings.push(level === 'problem' ? problem(trouble) : warning(trouble));
  }
  findings.push(...judgeFilter(settings.get('filter') ?? '', databases));
  if (findings.length > 0) return findings;
  return [ok(`All ${rules.length} settings that could lose changes or mix up their order are safe.`)];
}

function judgeFilter(
  filter: string,
  { source, target }: { source: string; target: string | null },
): Finding[] {
  const findings: Finding[] = [];
  if (!includes(filter, source)) {
    findings.push(
      problem({
        found: `The filter "${filter}" leaves ${source} out.`,
        means: 'No change of the source database is sent.',
        todo: `Add to the end of the filter: include: ${source}.*`,
      }),
    );
  }
  if (target !== null && includes(filter, target)) {
    findings.push(
      warning({
        found: `The filter "${filter}" lets ${target} through.`,
        means: 'Every row that Alir loads comes back as a change, in a topic that nobody reads.',
        todo: `Set filter=exclude: *.*, include: ${source}.*`,
      }),
    );
  }
  return findings;
}

const filterRule = /(include|exclude|blacklist)\s*:\s*[`"']?([^.,`"'\s]+)[`"']?\.([^,\s]+)/g;

/** Whether any table of a database gets through. Rules count from left to right, the last that fits decides. */
function includes(filter: string, database: string): boolean {
  let isIncluded = true;
  for (const [, verb, name = '', table] of filter.matchAll(filterRule)) {
    // A regular expression is taken to let through what it might.
    const isPattern = name.startsWith('/');
    if (name !== '*' && name !== database && !isPattern) continue;
    if (verb === 'include') isIncluded = true;
    else if (table === '*' && !isPattern) isIncluded = false;
  }
  return isIncluded;
}
