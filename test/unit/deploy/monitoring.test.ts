import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../../src/config/project-root.ts';
import { alertRules, dashboards, expressions, type Panel } from '../../support/monitoring-files.ts';
import { metricsOf } from '../../support/promql.ts';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

describe('an expression', () => {
  test('names its metrics, whatever is done to them', () => {
    expect(metricsOf('sum by (le) (rate(a_total{x="y"}[5m])) / (b > 1 offset 1h) or absent(c)')).toEqual([
      'a_total',
      'b',
      'c',
    ]);
  });

  test.each(['sum(rate(a[5m]', 'a b', '{__name__=~"a.*"}'])('%s is refused', (expr) => {
    expect(() => metricsOf(expr)).toThrow();
  });

  test.each(expressions())('of $place is PromQL and names a metric', ({ expr }) => {
    expect(metricsOf(expr)).not.toEqual([]);
  });
});

describe('an alert', () => {
  const runbook = read('docs/guide/runbook.md');

  test.each(alertRules())('$alert says what is wrong and which command to run', ({ alert, ...rule }) => {
    expect(['info', 'warning', 'critical']).toContain(rule.labels['severity']);
    expect(rule.annotations['summary']).toMatch(/\.$/);
    const [program, command] = rule.annotations['runbook']?.split(' ') ?? [];
    expect(['alir', 'docker']).toContain(program);
    if (program === 'alir')
      expect(existsSync(join(projectRoot, `src/cli/commands/${command}.ts`)), command).toBe(true);
    expect(runbook).toMatch(new RegExp(`^\\| \`${alert}\` \\|`, 'm'));
  });

  test('of the runbook is one that exists, and none has the name of another', () => {
    const names = alertRules().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const described = [...runbook.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    expect(described.sort()).toEqual(names.sort());
  });
});

describe('a dashboard', () => {
  const [source] = (
    parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: { uid: string }[];
    }
  ).datasources;

  test.each(dashboards())(
    '$file has panels beside each other, all of the provisioned source',
    (dashboard) => {
      expect(dashboard.uid).toBe(dashboard.file);
      expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
      for (const panel of dashboard.panels) {
        expect(panel.datasource).toEqual({ type: 'prometheus', uid: source?.uid });
        expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
        expect(panel.targets).not.toEqual([]);
        for (const other of dashboard.panels) expect(other !== panel && overlap(panel, other)).toBe(false);
      }
    },
  );
});

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
