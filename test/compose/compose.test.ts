import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFull } from '../support/full.ts';
import { lastJson } from '../support/run-cli.ts';
import { whyNoEngine } from './engine/docker-engine.ts';
import { lastLine, type ComposeStack } from './support/compose-stack.ts';
import { openStack, tell, type OpenStack } from './support/open-stack.ts';
import { expectNothingLost, type Sums } from './support/sums.ts';

/** A minute each. */
const killed = isFull ? ['kafka', 'mysql', 'maxwell', 'temporal', 'consumer', 'worker', 'api'] : ['kafka'];
const away = ['kafka', 'mysql', 'temporal'];
const awaySeconds = 75;
/** The short run: up, orders, one server killed, down. */
const long = test.runIf(isFull);

const reason = await whyNoEngine();
if (reason !== null) tell(`skipped, because ${reason}`);

/** The very docker-compose.yml, on a real engine; where images cannot be pulled, on stand-ins with their names. */
describe.skipIf(reason !== null)('the compose stack', () => {
  let opened: OpenStack | undefined;
  let stack: ComposeStack;
  let volumesBefore: readonly string[];
  const volumes = async () => (await stack.docker(['volume', 'ls', '-q'])).stdout.split('\n').filter(Boolean);

  beforeAll(async () => {
    opened = await openStack();
    ({ stack } = opened);
    volumesBefore = await volumes();
  }, 3_600_000);

  afterAll(() => opened?.close(), 300_000);

  beforeEach(({ task }) => tell(task.name));

  test('the file is valid with every profile', async () => {
    for (const profile of ['cli', 'monitoring', 'n8n', 'tools'])
      await stack.compose(['--profile', profile, 'config', '--quiet']);
  });

  test('one service builds the image, and up makes it where it is missing', async () => {
    const config = await stack.compose(['--profile', '*', 'config', '--format', 'json']);
    const { services } = JSON.parse(config) as { services: Record<string, { build?: unknown }> };
    const building = Object.keys(services).filter((name) => services[name]?.build !== undefined);
    expect(building).toEqual(['migrate']);
    // Its layers stay: this is quick.
    await stack.docker(['image', 'rm', '--no-prune', 'alir:local']);
    await stack.compose(['up', '--no-start'], { timeoutMs: 1_500_000 });
  });

  test("Alir's own layers are small enough for an image below 350 MB", async () => {
    const { stdout } = await stack.docker(['image', 'inspect', '-f', '{{.Size}}', 'alir:local']);
    const history = await stack.docker([
      'history',
      '--human=false',
      '--format',
      '{{.Size}}\t{{.CreatedBy}}',
      'alir:local',
    ]);
    const layers = history.stdout.split('\n').map((line) => line.split('\t'));
    const own = layers.findIndex(([, by = '']) => by.includes('WORKDIR /app'));
    const megabytes = layers.slice(0, own).reduce((sum, [size]) => sum + Number(size), 0) / 1e6;
    tell(
      `image ${(Number(stdout) / 1e6).toFixed(0)} MB here, of which ${megabytes.toFixed(0)} MB are Alir's`,
    );
    // node:24-bookworm-slim has 230 MB.
    expect(megabytes).toBeLessThan(120);
  });

  test('up --wait starts everything, and a second one changes nothing', async () => {
    await stack.up();
    const before = await stack.docker(['ps', '-q', '--no-trunc']);
    await stack.up();
    expect(await stack.docker(['ps', '-q', '--no-trunc'])).toEqual(before);
  });

  test('at rest all of it takes less than 4 GB', async () => {
    const { stdout } = await stack.docker(['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}']);
    const megabytes = stdout.split('\n').map((line) => {
      const [, number = '', unit = ''] = /^\S+ ([\d.]+)([KMG])iB /.exec(line) ?? [];
      return Number(number) * ({ K: 1 / 1024, M: 1, G: 1024 }[unit] ?? NaN);
    });
    expect(megabytes.length).toBeGreaterThan(6);
    const sum = megabytes.reduce((all, each) => all + each, 0);
    tell(`at rest: ${sum.toFixed(0)} MiB: ${stdout.replaceAll('\n', ', ')}`);
    expect(sum).toBeLessThan(4_000);
  });

  test('every port is on loopback only', async () => {
    const { stdout } = await stack.docker(['ps', '--format', '{{.Ports}}']);
    const published = stdout.split(/[\n,]/).filter((port) => port.includes('->'));
    expect(published.length).toBeGreaterThan(4);
    for (const port of published) expect(port.trim()).toMatch(/^127\.0\.0\.1:/);
  });

  test('the demo accounts for every order', async () => {
    const demo = lastLine<Record<string, number>>(await stack.alir('demo', '--orders', '5000', '--json'));
    expect(demo).toMatchObject({ enriched: demo['loaded'], replicaEqual: true });
    expect(demo['sent']).toBe((demo['loaded'] ?? 0) + (demo['deadLettered'] ?? 0));
  });

  test.each([
    [
      ['exec', 'kafka', '/opt/kafka/bin/kafka-topics.sh', '--bootstrap-server', 'localhost:9092', '--list'],
      /^raw_orders$/m,
    ],
    [
      [
        'exec',
        'kafka',
        'kafka-consumer-groups.sh',
        '--bootstrap-server',
        'localhost:9092',
        '--group',
        'etl-workers',
        '--describe',
      ],
      /etl-workers\s+raw_orders\s+2\s+\d+\s+\d+\s+0\s/,
    ],
    [
      [
        'exec',
        'mysql_servers',
        'mysql',
        '-uroot',
        '-proot',
        '-e',
        'SHOW BINARY LOGS; SELECT COUNT(*) FROM app_consumer.orders;',
      ],
      /binlog\.000001[\s\S]*COUNT/,
    ],
    [['logs', 'maxwell_cdc'], /Binlog connected/],
  ])("the course's command works as typed: docker %j", async (command, expected) => {
    const { code, stdout, stderr } = await stack.docker(command);
    expect({ code, printed: stdout + stderr }).toMatchObject({
      code: 0,
      printed: expect.stringMatching(expected) as string,
    });
  });

  test("doctor finds nothing to mend, and sees Maxwell's own health", async () => {
    const found = await stack.alir('doctor');
    expect(found).toMatch(/^0 problems, 0 warnings/m);
    expect(found).toMatch(/ok +health: Maxwell reports that it is healthy/);
  });

  test('a container does not say that it has stopped what it cannot stop', async () => {
    expect(await stack.tryInside('stack', 'down')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Run on the machine itself: docker compose down') as string,
    });
  });

  long('a backfill through every way leaves the replica equal', async () => {
    const table = ['backfill', 'run', '--pipeline', 'cdc', '--table', 'orders', '--wait'];
    await stack.alir(...table, '--via', 'kafka', '--since', '1d');
    await stack.alir(...table, '--via', 'source', '--where-pk', '1..');
    await expectNothingLost(stack);
  });

  test.each(killed)('nothing is lost when %s is restarted, and when it is killed', async (service) => {
    await stack.produce(service.length * 7 + 1);
    await stack.compose(['restart', service]);
    await stack.upOnly(service);
    await stack.produce(service.length * 7 + 2);
    await stack.compose(['kill', service]);
    await stack.up();
    await expectNothingLost(stack);
  });

  long.each(away)(
    'up --wait returns 0 although %s was away for a while when the processes started',
    async (service) => {
      await stack.compose(['stop', service]);
      await stack.compose(['restart', '--no-deps', 'consumer', 'worker', 'api']);
      await delay(awaySeconds * 1_000);
      const states = await stack.compose(['ps', '--all', '--format', '{{.Service}} {{.State}} {{.Health}}']);
      for (const process of ['consumer', 'worker', 'api'])
        expect(states).toMatch(new RegExp(`^${process} running starting$`, 'm'));
      expect(await stack.compose(['logs', '--tail', '5', 'worker'])).toContain('Waiting for ');
      await stack.up();
      await expectNothingLost(stack);
    },
  );

  long('workers and consumers share the work when there are three of each', async () => {
    await stack.up(['--scale', 'worker=3', '--scale', 'consumer=3']);
    await stack.alirInside('produce', '--count', '5000', '--seed', '99');
    const members = [
      'exec',
      'kafka',
      'kafka-consumer-groups.sh',
      '--bootstrap-server',
      'localhost:9092',
      '--group',
    ];
    const { stdout } = await stack.docker([...members, 'etl-workers', '--describe', '--members']);
    expect(stdout.match(/^etl-workers\s+alir-/gm)).toHaveLength(3);
    await expectNothingLost(stack);
  });

  long('an image that is upgraded while MySQL is away finishes what the old build began', async () => {
    await stack.compose(['stop', 'mysql']);
    await stack.alirInside('produce', '--count', '2000', '--seed', '77');
    await stack.buildNextImage('alir:next');
    stack.environment = { ...stack.environment, ALIR_TAG: 'next' };
    await stack.compose(['up', '--detach', '--no-deps', 'consumer', 'worker']);
    await stack.up();
    await expectNothingLost(stack);
    const running = await stack.docker(['ps', '--filter', 'name=-worker-', '--format', '{{.Image}}']);
    expect(running.stdout).toBe('alir:next');
  });

  long('without a standstill an image comes beside the old one, which is stopped then', async () => {
    await stack.buildNextImage('alir:later', 'later');
    stack.environment = { ...stack.environment, ALIR_TAG: 'later' };
    const ids = async () =>
      (await stack.compose(['ps', '-q', 'worker', 'consumer'])).split('\n').filter(Boolean);
    const old = await ids();
    const beside = ['--no-deps', '--no-recreate', '--scale', 'worker=2', '--scale', 'consumer=2'];
    await stack.up([...beside, 'worker', 'consumer']);
    expect(await ids()).toHaveLength(4);
    await stack.docker(['stop', ...old]);
    await stack.docker(['rm', ...old]);
    await stack.produce(5);
    await stack.up();
    await expectNothingLost(stack);
    const running = await stack.docker(['ps', '--filter', 'name=-worker-', '--format', '{{.Image}}']);
    expect(running.stdout).toBe('alir:later');
  });

  long('alir on the machine itself drives it: status, demo, and the addresses of its servers', async () => {
    const status = await stack.alirHere('stack', 'status', '--engine', 'docker', '--json');
    expect(lastJson(status)).toMatchObject({
      engine: 'docker',
      kafka: { bootstrap: `127.0.0.1:${stack.environment['KAFKA_PORT']}` },
      mysql: { user: 'alir', port: Number(stack.environment['MYSQL_PORT']) },
    });
    const demo = await stack.alirHere('demo', '--engine', 'docker', '--orders', '1000', '--json');
    expect(lastJson(demo)).toMatchObject({ replicaEqual: true });
    expect((await stack.docker(['ps', '-q', '--filter', 'name=^kafka$'])).stdout).not.toBe('');
  });

  long('a port that is taken is named, and what to do about it', async () => {
    expect(await stack.alirHere('stack', 'down', '--engine', 'docker')).toMatchObject({ code: 0 });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const up = await stack.alirHere('stack', 'up', '--engine', 'docker', '--mysql-port', String(port));
    await new Promise((resolve) => other.close(resolve));
    expect(up).toMatchObject({ code: 3, stderr: expect.stringContaining(`Port ${port} is held`) as string });
    expect(await stack.alirHere('stack', 'up', '--engine', 'docker')).toMatchObject({ code: 0 });
  });

  long('down and up again on the same volumes: the sums are equal', async () => {
    const before: Sums = await expectNothingLost(stack);
    await stack.compose(['down']);
    expect((await volumes()).filter((name) => !name.startsWith('pelatihankafka_'))).toEqual(volumesBefore);
    await stack.up();
    expect(await expectNothingLost(stack)).toEqual(before);
  });

  test('down -v leaves nothing behind', async () => {
    await stack.compose(['down', '--volumes']);
    const ours = ['--filter', 'label=com.docker.compose.project=pelatihankafka'];
    for (const what of [
      ['ps', '-aq'],
      ['volume', 'ls', '-q'],
      ['network', 'ls', '-q'],
    ])
      expect((await stack.docker([...what, ...ours])).stdout).toBe('');
    expect(await volumes()).toEqual(volumesBefore);
  });
});
