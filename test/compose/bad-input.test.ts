import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFull } from '../support/full.ts';
import { whyNoEngine } from './engine/docker-engine.ts';
import type { ComposeStack, Output } from './support/compose-stack.ts';
import { openStack, tell, type OpenStack } from './support/open-stack.ts';

type Variables = Readonly<Record<string, string>>;

/** What goes wrong is said in the log of the container that it hurts, and by `alir doctor`, with what to do. */
describe.runIf(isFull && (await whyNoEngine()) === null)('the compose stack with bad input', () => {
  let opened: OpenStack | undefined;
  let stack: ComposeStack;
  const folder = mkdtempSync(join(tmpdir(), 'alir-bad-'));

  beforeAll(async () => {
    opened = await openStack();
    ({ stack } = opened);
    await stack.up();
  }, 3_600_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await opened?.close();
  }, 300_000);

  beforeEach(({ task }) => tell(task.name));

  const file = (name: string, ...lines: string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  };
  const compose = (args: readonly string[], variables: Variables = {}): Promise<Output> =>
    stack.docker(['compose', '--ansi', 'never', ...args], { variables, timeoutMs: 240_000 });
  const doctor = async (variables: Variables = {}, ...files: string[]): Promise<string> => {
    const run = ['run', '--rm', '-T', '--no-deps', 'alir', 'doctor'];
    const { stdout, stderr } = await compose([...files, ...run], variables);
    return stdout + stderr;
  };
  /** Makes a service anew with other settings; nothing waits until it is healthy. */
  const begin = async (service: string, variables: Variables = {}, ...files: string[]): Promise<void> => {
    const { code, stderr } = await compose([...files, 'up', '--detach', '--no-deps', service], variables);
    expect(code, stderr).toBe(0);
  };
  const says = (service: string, text: string | RegExp): Promise<void> =>
    expect
      .poll(async () => (await compose(['logs', '--no-color', service])).stdout, {
        timeout: 90_000,
        interval: 1_000,
      })
      .toMatch(text);

  test('no engine', async () => {
    const { environment } = stack;
    stack.environment = { ...environment, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const up = await stack.alirHere('stack', 'up', '--engine', 'docker');
    stack.environment = environment;
    expect(up.code).toBe(3);
    expect(up.stderr).toMatch(/Docker.*(start|install)/is);
  });

  test('a half-filled .env: what is empty has its default', async () => {
    const env = file('half.env', 'MYSQL_PASSWORD=', 'HTTP_TOKEN=', 'ALIR_TAG=', 'MAXWELL_PASSWORD=');
    const half = await compose(['--env-file', env, 'config'], { COMPOSE_ENV_FILES: '' });
    expect(half.stdout).toBe((await compose(['config'])).stdout);
  });

  test('a token that is too short', async () => {
    const short = { HTTP_TOKEN: 'short' };
    await begin('api', short);
    await says('api', /CONFIG_INVALID.*HTTP_TOKEN.*16/s);
    expect(await doctor(short)).toMatch(/HTTP_TOKEN.*16/s);
    await stack.upOnly('api');
  });

  test('a password that was changed after the volume was made', async () => {
    const other = { MYSQL_PASSWORD: 'another-password' };
    await begin('worker', other);
    await says('worker', /MYSQL_ACCESS_DENIED.*alir/s);
    expect(await doctor(other)).toMatch(/denied.*MYSQL_PASSWORD/s);
    await stack.upOnly('worker');
  });

  test('a volume that a newer Alir has migrated', async () => {
    await stack.sql(
      'INSERT INTO app_consumer._prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) ' +
        "VALUES ('later', REPEAT('0', 64), NOW(3), '29990101000000_later', 1)",
    );
    const up = await compose(['up', '--detach', '--wait']);
    expect(up.code, 'it ends by itself').toBe(1);
    expect(up.stderr).toContain('migrate');
    await says('migrate', /29990101000000_later.*newer Alir/s);
    expect(await doctor()).toMatch(/29990101000000_later, which this Alir does not know/);
    await stack.sql("DELETE FROM app_consumer._prisma_migrations WHERE id = 'later'");
    await stack.up();
  });

  test('Kafka without a topic', async () => {
    const topics = ['exec', 'kafka', 'kafka-topics.sh', '--bootstrap-server', 'localhost:9092'];
    expect((await stack.docker([...topics, '--delete', '--topic', 'raw_orders'])).code).toBe(0);
    await stack.compose(['restart', 'consumer']);
    await says('consumer', /raw_orders.*do not exist yet: .*alir migrate --topics/);
    expect(await doctor()).toContain('raw_orders');
    await stack.up();
    expect(await doctor()).toMatch(/^0 problems/m);
  });

  test("Maxwell's grants are missing", async () => {
    await stack.sql("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'maxwell'@'%'");
    await stack.compose(['restart', 'maxwell']);
    await says('maxwell', /denied/i);
    expect(await doctor()).toMatch(/maxwell.*GRANT/s);
    const mend = ['exec', 'mysql_servers', 'bash', '/docker-entrypoint-initdb.d/10-users.sh'];
    expect((await stack.docker(mend)).code).toBe(0);
    await stack.compose(['restart', 'maxwell']);
    await stack.upOnly('maxwell');
  });

  test('too little memory for a container', async () => {
    const small = file(
      'small.yml',
      'services:',
      ...['worker', 'alir'].map((service) => `  ${service}: { mem_limit: 300m, memswap_limit: 600m }`),
    );
    const files = ['-f', 'docker-compose.yml', '-f', small];
    await begin('worker', {}, ...files);
    await says('worker', /This container may take 300 MiB.*mem_limit/);
    expect(await doctor({}, ...files)).toContain('This container may take 300 MiB');
    await stack.upOnly('worker');
  });

  test('clocks that differ', async () => {
    // Of everybody but root: the clock of the containers themselves is the one of the machine.
    await stack.sql("SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 300'");
    await stack.compose(['restart', 'worker']);
    await says('worker', /The clock of the MySQL target is (299|300)\.\d s ahead/);
    expect(await doctor()).toMatch(/The clock of the MySQL source is (299|300)\.\d s ahead/);
    await stack.sql("SET GLOBAL init_connect = ''");
    await stack.compose(['restart', 'worker', 'consumer', 'api']);
    await stack.up();
    expect(await doctor()).not.toContain('The clock of');
  });
});
