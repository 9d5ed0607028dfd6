/**
 * Floods the orders pipeline and prints what it takes: npm run bench [-- --quick] [--orders N] [--profile FOLDER].
 *
 * Real servers and `alir run` on this machine, nothing else started. The orders are in Kafka before `alir run` starts;
 * the clock runs from the first batch's start to the last batch's commit and publication. CPU and memory are those of
 * Alir's process, as the operating system counts them. Afterwards every row is compared with what was sent.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countPublished } from '../../src/lab/demo/input-window.ts';
import { execa } from 'execa';
import { projectRoot } from '../../src/config/project-root.ts';
import { sumCounts } from '../../src/metadata/batches.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { fromBuild, imageEnvironment, startAlir } from '../support/alir-process.ts';
import { makePlace } from '../support/make-place.ts';
import { tableDifferences } from '../support/orders-table.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    orders: { type: 'string' },
    /** Where to leave V8's CPU profiles of `alir run`, for a browser's developer tools. Costs a few per cent. */
    profile: { type: 'string' },
  },
});
const count = Number(values.orders ?? (values.quick ? 200_000 : 1_000_000));
const folder = join(projectRoot, '.alir', `bench-${process.pid}`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

await execa('npm', ['run', 'build'], { cwd: projectRoot, stdio: ['ignore', 2, 2] });
const stack = await NativeStack.start(
  { name: `bench-${process.pid}`, folder, ports: 'free', services: ['kafka', 'mysql', 'temporal'] },
  ({ service, text }) => say(`${service}: ${text}`),
);
try {
  const { place, close } = await makePlace(stack.description);
  say(`Sending ${count} orders to raw_orders (3 partitions)`);
  const sent = await place.send({ count, badShare: 0.001, repeatShare: 0.1, seed: 1 });
  say('Starting alir run');
  const before = cpuOfServers();
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const alir = await startAlir('run', { ...place.environment, ...imageEnvironment }, [
    ...profiling,
    ...fromBuild,
  ]);
  await place.processed(900_000);
  const servers = Object.entries(cpuOfServers()).map(
    ([name, cpu]) => `${name} ${(cpu - (before[name] ?? 0)).toFixed(1)} s`,
  );
  await alir.end();
  say(`CPU of the servers: ${servers.join(', ')}`);

  const used = lastJson(alir.output, 'stopped') as { cpuSeconds: number; peakRssMb: number };
  const idle = lastJson(alir.output, 'alir run is ready') as { cpuSeconds: number };
  const { counts } = await sumCounts(place.database, 'orders');
  const [times] = await place.database.$queryRawUnsafe<{ seconds: number }[]>(
    "SELECT TIMESTAMPDIFF(MICROSECOND, MIN(started_at), MAX(committed_at)) / 1e6 AS seconds FROM etl_batches WHERE kind = 'batch'",
  );
  const seconds = Number(times?.seconds ?? NaN);
  const differences = await tableDifferences(place.database, sent);
  const published = await countPublished(place.brokers, 'enriched_orders', new Map());
  const correct =
    differences.length === 0 &&
    counts.rows === sent.sent &&
    counts.deadLettered === sent.bad &&
    counts.inserted === sent.orders &&
    published === sent.good;

  let events = 0;
  const client = await connectTemporal(place.config);
  for await (const { historyLength } of client.workflow.list()) events += historyLength;
  await client.connection.close();
  await close();

  const result = {
    ordersPerSecond: Math.round(count / seconds),
    cpuSecondsPerMillion: Number((((used.cpuSeconds - idle.cpuSeconds) / count) * 1e6).toFixed(1)),
    peakRssMb: used.peakRssMb,
    eventsPerThousand: Number(((events / count) * 1000).toFixed(2)),
    correct,
  };
  say(
    `${count} orders in ${seconds.toFixed(1)} s; differences: ${differences.slice(0, 3).join('; ') || 'none'}`,
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = correct ? 0 : 1;
} finally {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}

/** CPU seconds that each server has used since it started (Linux). */
function cpuOfServers(): Record<string, number> {
  const seconds = (pid: number): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  return Object.fromEntries(
    (['kafka', 'mysql', 'temporal'] as const).map((name) => [name, seconds(stack.pid(name) ?? 0)]),
  );
}

function lastJson(output: string, message: string): unknown {
  const line = output.split('\n').findLast((text) => text.includes(`"msg":"${message}"`));
  return JSON.parse(line ?? '{}');
}
