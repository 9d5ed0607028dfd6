import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { parse } from 'yaml';
import { projectRoot } from '../../src/config/project-root.ts';

/** An alert rule of `deploy/prometheus/rules`. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A panel of a dashboard of `deploy/grafana/dashboards`. */
export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  /** Name of its file, without the ending. */
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Folder of what Prometheus reads. */
export const prometheusFolder = join(projectRoot, 'deploy/prometheus');

/** Every alert rule. */
export function alertRules(): AlertRule[] {
  return files('deploy/prometheus/rules/*.yml').flatMap((file) => {
    const { groups } = parse(file.text) as { groups: readonly { rules: readonly AlertRule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  });
}

/** Every dashboard. */
export function dashboards(): Dashboard[] {
  return files('deploy/grafana/dashboards/*.json').map(({ name, text }) => ({
    ...(JSON.parse(text) as Omit<Dashboard, 'file'>),
    file: basename(name, '.json'),
  }));
}

/** What is asked of Prometheus, by where: Grafana's variable stands for a time of its choice. */
export function expressions(): { readonly place: string; readonly expr: string }[] {
  return [
    ...alertRules().map(({ alert, expr }) => ({ place: `alert ${alert}`, expr })),
    ...dashboards().flatMap(({ file, panels }) =>
      panels.flatMap(({ title, targets }) =>
        targets.map(({ refId, expr }) => ({
          place: `${file}, ${title}, ${refId}`,
          expr: expr.replaceAll('$__rate_interval', '1h'),
        })),
      ),
    ),
  ];
}

function files(pattern: string): { name: string; text: string }[] {
  return globSync(pattern, { cwd: projectRoot })
    .sort()
    .map((name) => ({ name, text: readFileSync(join(projectRoot, name), 'utf8') }));
}
