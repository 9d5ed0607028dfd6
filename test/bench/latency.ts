/**
 * How long one order takes from the broker's acknowledgement to the committed row, at a trickle: npm run bench:latency.
 * One order at a time, the next when the one before has arrived and the pipeline has been at rest for 200 ms.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { fromBuild, imageEnvironment, startAlir } from '../support/alir-process.ts';
import { makePlace } from '../support/make-place.ts';

const { values } = parseArgs({ options: { orders: { type: 'string', default: '100' } } });
const count = Number(values.orders);
const folder = join(projectRoot, '.alir', `latency-${process.pid}`);
await execa('npm', ['run', 'build'], { cwd: projectRoot, stdio: ['ignore', 2, 2] });
const stack = await NativeStack.start(
  { name: `latency-${process.pid}`, folder, ports: 'free', services: ['kafka', 'mysql', 'temporal'] },
  ({ service, text }) => void process.stderr.write(`${service}: ${text}\n`),
);
try {
  const { place, close } = await makePlace(stack.description);
  const alir = await startAlir('run', { ...place.environment, ...imageEnvironment }, fromBuild);
  const taken: number[] = [];
  for (let id = 1; id <= count + 5; id += 1) {
    const value = JSON.stringify({ id, order_no: `ORD-${id}`, total: '35000.00' });
    const started = performance.now();
    await place.producer.publish('raw_orders', [{ key: null, value }]);
    while ((await place.database.$queryRaw<unknown[]>`SELECT 1 FROM orders WHERE id = ${id}`).length === 0)
      await delay(2);
    if (id > 5) taken.push(performance.now() - started); // the first ones warm everything up
    await delay(200);
  }
  await alir.end();
  await close();
  taken.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(taken[Math.ceil(share * taken.length) - 1] ?? NaN);
  process.stdout.write(
    `${JSON.stringify({ orders: count, p50: at(0.5), p95: at(0.95), max: at(1), unit: 'ms' })}\n`,
  );
} finally {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}
