import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { AlirChild, endLeftAlir, startAlir } from '../support/alir-process.ts';
import { makePlace, type OrdersPlace } from '../support/make-place.ts';
import { otherBuild } from '../support/other-build.ts';
import { obtainPrometheus, startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

const debian = await obtainPrometheus();
const name = `builds-${process.pid}-${randomUUID().slice(0, 4)}`;
const folder = join(projectRoot, '.alir', name);

let stack: NativeStack;
let place: OrdersPlace;
let closePlace: () => Promise<void>;
let seed = 0;

beforeAll(async () => {
  const services = ['kafka', 'mysql', 'temporal'] as const;
  stack = await NativeStack.start({ name, folder, services, ports: 'free' }, () => undefined);
  ({ place, close: closePlace } = await makePlace(stack.description, { ALIR_VERSIONING: 'on' }));
});
afterEach(() => endLeftAlir(place.environment));
afterAll(async () => {
  await closePlace?.();
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...args: string[]) => runCli(args, { environment: place.environment });

interface Listed {
  readonly current: string;
  readonly builds: readonly { build: string; number: number; current: boolean; running: boolean }[];
}

async function builds(): Promise<Listed> {
  return lastJson(await cli('build', 'list', '--json')) as Listed;
}

/** Starts workers of a build that no other test knows; the id of the build is in what they log. */
function newBuild() {
  const entry = otherBuild(folder, `build-${randomUUID().slice(0, 8)}`);
  return async (...options: string[]): Promise<AlirChild> => {
    const child = new AlirChild(['worker', ...options], place.environment, entry);
    await child.says('alir worker is ready');
    return child;
  };
}

const idOf = ({ output }: AlirChild): string => /"build":"([0-9a-f]{16})"/.exec(output)![1]!;

const isCurrent = 'this build is the current one';
const waits = 'this build gets no work';

/** Orders that are sent now are applied, whoever does it. */
async function applies(step: string): Promise<void> {
  const sentAt = performance.now();
  seed += 1;
  await place.send({ count: 100, badShare: 0, repeatShare: 0, seed });
  await place.processed();
  process.stderr.write(`${step}: applied after ${Math.round(performance.now() - sentAt)} ms\n`);
}

async function finding(): Promise<{ level: string; found: string; todo?: string }> {
  const { checks } = lastJson(await cli('doctor', '--json')) as {
    checks: { name: string; level: string; found: string; todo?: string }[];
  };
  return checks.find((one) => one.name === 'current build')!;
}

const urlOf = ({ output }: AlirChild): string => /"url":"([^"]+)"/.exec(output)![1]!;
const page = (of: AlirChild, path: string): Promise<Response> => fetch(`${urlOf(of)}${path}`);

async function shows(of: AlirChild, metric: string): Promise<void> {
  const limits = { timeout: 60_000, interval: 1_000 };
  await vi.waitFor(async () => expect(await (await page(of, '/metrics')).text()).toContain(metric), limits);
}

async function alertOf(prometheus: RunningPrometheus, build: string): Promise<void> {
  type Alerts = { alerts: { labels: Record<string, string>; state: string }[] };
  const expected = { labels: { alertname: 'AlirCurrentBuildIdle', build }, state: 'firing' };
  await vi.waitFor(
    async () =>
      expect((await prometheus.get<Alerts>('alerts')).alerts).toContainEqual(
        expect.objectContaining({
          ...expected,
          labels: expect.objectContaining(expected.labels) as unknown,
        }),
      ),
    { timeout: 60_000, interval: 500 },
  );
}

test('an older build that starts again stays behind, and says so', async () => {
  const [older, newer] = [newBuild(), newBuild()];
  const consumer = await startAlir('consume', place.environment);
  const olds = [await older(), await older(), await older()];
  await olds[0]!.says(isCurrent);
  await applies('three of the old build');
  const fresh = await newer();
  await fresh.says(isCurrent);
  await applies('the new build was promoted');
  await olds[0]!.end('SIGKILL');
  olds[0] = await older();
  await olds[0].says(waits);
  expect((await page(olds[0], '/readyz')).status).toBe(200);
  await applies('an old one has started again');
  for (const old of olds) await old.end();
  await applies('the old ones have gone');
  expect(await finding()).toMatchObject({ level: 'ok' });
  expect((await builds()).current).toBe(idOf(fresh));
  await Promise.all([fresh.end(), consumer.end()]);
});

test('a rollout with a surge: at every step there is a worker that works', async () => {
  const [older, newer] = [newBuild(), newBuild()];
  const consumer = await startAlir('consume', place.environment);
  const olds = [await older(), await older(), await older()];
  await olds[0]!.says(isCurrent);
  const news: AlirChild[] = [];
  for (const [index, old] of olds.entries()) {
    const one = await newer();
    await one.says(isCurrent);
    news.push(one);
    await applies(`surge ${index + 1}`);
    if (index === 0) {
      await olds[2]!.end('SIGKILL');
      olds[2] = await older();
      await olds[2].says(waits);
      await applies('an old one has crashed and started again');
    }
    await (index === 2 ? olds[2]! : old).end();
    await applies(`${index + 1} of the old ones have gone`);
  }
  await news[0]!.end('SIGKILL');
  await applies('one of the new ones has crashed');
  await Promise.all([...news, consumer].map((one) => one.end()));
});

test('a current build without workers is a problem, and an older one works when people say so', async () => {
  const [older, newer] = [newBuild(), newBuild()];
  const consumer = await startAlir('consume', place.environment);
  const old = await older();
  await old.says(isCurrent);
  const fresh = await newer();
  await fresh.says(isCurrent);
  await old.says(waits);
  const prometheus =
    typeof debian === 'string'
      ? null
      : await startPrometheus(debian, [
          { job: 'alir-build', part: 'consumer', address: new URL(urlOf(consumer)).host },
          { job: 'alir-build', part: 'worker', address: new URL(urlOf(old)).host },
        ]);
  const gauge = `alir_current_build_without_worker{build="${idOf(fresh)}"}`;
  for (const one of [consumer, old]) await shows(one, `${gauge} 0`);
  await fresh.end('SIGKILL');
  const diedAt = performance.now();
  const told = (by: string): unknown =>
    process.stderr.write(`${by}: told after ${Math.round(performance.now() - diedAt)} ms\n`);
  await Promise.all([
    old.says('none of its workers runs: nothing is applied').then(() => told('log')),
    ...[consumer, old].map((one) => shows(one, `${gauge} 1`).then(() => told('metric'))),
    prometheus && alertOf(prometheus, idOf(fresh)).then(() => told('alert')),
  ]);
  expect(await finding()).toMatchObject({
    level: 'problem',
    found: expect.stringContaining(
      `Build ${idOf(fresh)} gets the work, and none of its workers runs`,
    ) as string,
    todo: expect.stringContaining(`alir build promote ${idOf(old)}`) as string,
  });
  expect((await page(old, '/readyz')).status).toBe(200);

  await expectRefusal(idOf(fresh), 'BUILD_IDLE');
  await expectRefusal('0123456789abcdef', 'BUILD_MISSING');
  expect((await cli('build', 'promote', idOf(old))).code).toBe(0);
  await applies('rolled back on purpose');
  const again = await newer();
  await again.says(waits);
  await applies('the build that was rolled back has started again');
  expect((await cli('build', 'promote', idOf(again))).code).toBe(0);
  await old.end();
  await applies('and is promoted');
  await Promise.all([again, consumer].map((one) => one.end()));
});

test('a build that is not to promote itself waits for people', async () => {
  const [blue, green] = [newBuild(), newBuild()];
  const consumer = await startAlir('consume', place.environment);
  const first = await blue();
  await first.says(isCurrent);
  const second = await green('--no-promote');
  await second.says('it was started with --no-promote');
  await applies('blue works, green waits');
  expect(await finding()).toMatchObject({ level: 'warning' });
  await cli('build', 'promote', idOf(second));
  await second.says(isCurrent);
  await first.end();
  await applies('green works');
  await Promise.all([second, consumer].map((one) => one.end()));
});

async function expectRefusal(build: string, code: string): Promise<void> {
  const { code: exit, stderr } = await cli('build', 'promote', build);
  expect(exit).toBe(1);
  expect(stderr).toContain(code);
}

test('a build whose workflows cannot be loaded ends with the reason, and does not become the current one', async () => {
  const consumer = await startAlir('consume', place.environment);
  const worker = await newBuild()();
  await worker.says(isCurrent);
  const broken = `broken-${randomUUID().slice(0, 8)}`;
  const entry = otherBuild(folder, broken);
  writeFileSync(join(folder, broken, 'dist/workflow-bundle.js'), 'this is no JavaScript');
  const child = new AlirChild(['worker'], place.environment, entry);
  expect(await child.ended()).toBe(1);
  expect(child.output).toMatch(/^UNEXPECTED: /m);
  expect((await builds()).current).toBe(idOf(worker));
  await applies('beside a broken build');
  await Promise.all([worker, consumer].map((one) => one.end()));
});
