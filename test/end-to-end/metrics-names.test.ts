import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { runTool } from '../../src/lab/stack/native/run-tool.ts';
import { startAlir, type AlirChild } from '../support/alir-process.ts';
import { kafkaExporterMetrics } from '../support/kafka-exporter.ts';
import { expressions, prometheusFolder } from '../support/monitoring-files.ts';
import type { OrdersPlace } from '../support/make-place.ts';
import { ownPlace } from '../support/own-place.ts';
import {
  obtainPrometheus,
  startMysqlExporter,
  startPrometheus,
  type RunningPrometheus,
} from '../support/prometheus.ts';
import { declaredIn, metricsOf } from '../support/promql.ts';
import { runCli } from '../support/run-cli.ts';

const debian = await obtainPrometheus();
if (typeof debian === 'string') process.stderr.write(`Without Prometheus: ${debian}\n`);

/** There is nothing to show where nothing went wrong. */
const mayBeEmpty = new Set(['alir_skipped_offsets_total']);

const urlOf = (alir: AlirChild): string => /"url":"(http:[^"]+)"/.exec(alir.output)?.[1] ?? '';
const metricsText = async (alir: AlirChild): Promise<string> =>
  (await fetch(`${urlOf(alir)}/metrics`)).text();

test('every metric that a dashboard or a rule names exists on a running stack, and shows something', async () => {
  const place = await ownPlace();
  await migrateSource(place.config.source, () => undefined);
  const alir = await startAlir('run', place.environment);
  const serve = await startAlir('serve', place.environment);
  onTestFinished(async () => void (await Promise.all([alir.end(), serve.end()])));
  const prometheus =
    typeof debian === 'string'
      ? null
      : await startPrometheus(debian, [
          { job: 'alir', part: 'worker', address: new URL(urlOf(alir)).host },
          { job: 'alir', part: 'api', address: new URL(urlOf(serve)).host },
          { job: 'mysql-exporter', address: await startMysqlExporter(debian, place.config.target) },
        ]);
  // Rates begin with the second sample: all counters have been seen at their beginning.
  if (prometheus)
    await expect.poll(() => valuesOf(prometheus, 'alir_ready == 1'), { timeout: 60_000 }).not.toBe(0);
  await doEverything(place, alir);

  const declared = declaredIn((await metricsText(alir)) + (await metricsText(serve)));
  const exists = (name: string): boolean =>
    declared.has(name) || declared.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram';
  for (const { place: where, expr } of expressions()) {
    const missing = metricsOf(expr).filter(
      (name) => !exists(name) && name !== 'up' && !kafkaExporterMetrics.has(name) && !/^mysql_/.test(name),
    );
    expect(missing, where).toEqual([]);
  }
  expect(exists('alir_no_such_metric')).toBe(false);
  expect(await metricsText(alir)).toMatch(
    /^temporal_activity_schedule_to_start_latency_seconds_bucket\{.*le="0.005"\}/m,
  );
  const guide = readFileSync(join(projectRoot, 'docs/guide/metrics.md'), 'utf8');
  const described = [...guide.matchAll(/^\| `(alir_\w+)`/gm)].map((match) => match[1]);
  expect(described.sort()).toEqual([...declared.keys()].filter((name) => name.startsWith('alir_')).sort());

  if (!prometheus) return;
  for (const { place: where, expr } of expressions()) {
    const alert = where.startsWith('alert ');
    const isSeen = metricsOf(expr).every((name) => !kafkaExporterMetrics.has(name) && !mayBeEmpty.has(name));
    const minimum = isSeen && !alert ? 1 : 0;
    await expect
      .poll(() => valuesOf(prometheus, expr), {
        timeout: 60_000,
        interval: 1_000,
        message: `${where}: ${expr}`,
      })
      .toBeGreaterThanOrEqual(minimum);
  }
  type Rules = { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
  const { groups } = await prometheus.get<Rules>('rules');
  const sick = groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== 'ok');
  expect(sick).toEqual([]);
}, 600_000);

test.skipIf(typeof debian === 'string')('Prometheus takes the configuration and the rules', async () => {
  if (typeof debian === 'string') return;
  const check = (args: readonly string[]) =>
    runTool(debian.promtool, args, 'promtool', { cwd: prometheusFolder });
  expect(await check(['check', 'config', 'prometheus.yml'])).toContain('SUCCESS');
  const cases = join(projectRoot, 'test/fixtures/prometheus/alerts.yml');
  expect(await check(['test', 'rules', cases])).toContain('SUCCESS');
});

/** Makes everything happen that a panel shows: rows, poison, a failure, a comparison. */
async function doEverything(place: OrdersPlace, alir: AlirChild): Promise<void> {
  const { source, target } = place.config;
  await withConnection(source, async (connection) => {
    await connection.query('CREATE TABLE named_rows (id INT PRIMARY KEY)');
    await connection.query('INSERT INTO named_rows VALUES (1), (2), (3)');
  });
  await place.send({ count: 100, badShare: 0.2, seed: 3 });
  await place.processed();
  await withConnection(target, async (connection) => {
    await connection.query('RENAME TABLE orders TO orders_elsewhere');
    await place.send({ count: 1, badShare: 0, seed: 4 });
    await expect
      .poll(() => metricsText(alir), { timeout: 90_000 })
      .toContain('temporal_activity_execution_failed_total{');
    await connection.query('RENAME TABLE orders_elsewhere TO orders');
  });
  await place.processed();
  const lag = 'alir_replication_lag_seconds{database="app_producer",table="named_rows"} 0';
  await expect.poll(() => metricsText(alir), { timeout: 90_000 }).toContain(lag);
  const verified = await runCli(['verify', '--table', 'named_rows'], {
    environment: place.environment,
    timeoutMs: 120_000,
  });
  expect(verified.code, verified.stderr).toBe(0);
}

/** How many series an expression gives. */
async function valuesOf(prometheus: RunningPrometheus, query: string): Promise<number> {
  try {
    return (await prometheus.get<{ result: unknown[] }>('query', { query })).result.length;
  } catch (error) {
    if ((error as Error).message === 'fetch failed') return 0; // it has only just started
    throw error;
  }
}
