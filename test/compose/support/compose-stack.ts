import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { execa } from 'execa';
import { projectRoot } from '../../../src/config/project-root.ts';
import { runCli, type CliResult } from '../../support/run-cli.ts';
import type { DockerEngine } from '../engine/docker-engine.ts';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const portVariables = ['KAFKA_PORT', 'MYSQL_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'HTTP_PORT'] as const;

/** The stack of docker-compose.yml, as a person drives it: with `docker` and `docker compose`. */
export class ComposeStack {
  /** What every call has in its environment: another value would make containers anew. */
  environment: Readonly<Record<string, string>>;

  private constructor(environment: Readonly<Record<string, string>>) {
    this.environment = environment;
  }

  /** On ports that are free here: this machine may run other servers on the well-known ones. */
  static async on(engine: DockerEngine): Promise<ComposeStack> {
    const ports: Record<string, string> = {};
    for (const name of portVariables) {
      ports[name] = String(await getPort({ host: '127.0.0.1', exclude: Object.values(ports).map(Number) }));
    }
    // No .env: the file must do without, and a developer's own must not change what is tested.
    return new ComposeStack({ ...engine.environment, ...ports, COMPOSE_ENV_FILES: '/dev/null' });
  }

  /** `docker …`; the result whatever it is. */
  async docker(args: readonly string[], options: Options = {}): Promise<Output> {
    const { exitCode, stdout, stderr } = await execa('docker', [...args], {
      cwd: projectRoot,
      env: { ...this.environment, ...options.variables },
      stdin: 'ignore',
      reject: false,
      timeout: options.timeoutMs ?? 300_000,
    });
    return { code: exitCode ?? -1, stdout, stderr };
  }

  /** `docker compose …` that must succeed; what it printed. */
  async compose(args: readonly string[], options: Options = {}): Promise<string> {
    const { code, stdout, stderr } = await this.docker(['compose', '--ansi', 'never', ...args], options);
    if (code !== 0)
      throw new Error(`docker compose ${args.join(' ')} ended with ${code}: ${stderr.slice(-3000)}`);
    return stdout;
  }

  /** Brings everything up and waits until all is healthy. */
  async up(args: readonly string[] = [], options: Options = {}): Promise<void> {
    await this.compose(['up', '--detach', '--wait', ...args], options);
  }

  /** Brings one service up and waits for it alone. */
  async upOnly(...services: string[]): Promise<void> {
    await this.compose(['up', '--detach', '--wait', '--no-deps', ...services]);
  }

  /** `docker compose run --rm alir …` that must succeed. */
  alir(...args: string[]): Promise<string> {
    return this.compose(['run', '--rm', '-T', 'alir', ...args]);
  }

  /** `alir …` in the container of the API: without a container and migrations of its own it takes half the time. */
  alirInside(...args: string[]): Promise<string> {
    return this.compose(['exec', '-T', 'api', 'alir', ...args]);
  }

  /** The same, whatever comes of it. */
  tryInside(...args: string[]): Promise<Output> {
    return this.docker(['compose', '--ansi', 'never', 'exec', '-T', 'api', 'alir', ...args]);
  }

  /** New records in both sources, orders in Kafka and changes of rows in MySQL. */
  async produce(seed: number): Promise<void> {
    const common = ['--seed', String(seed)];
    await this.alirInside('produce', '--count', '1500', '--bad', '1%', ...common);
    await this.alirInside('produce', '--count', '100', '--to', 'mysql', ...common);
  }

  /** A command of Alir on this machine, outside of the containers. */
  async alirHere(...args: string[]): Promise<CliResult> {
    const folder = mkdtempSync(join(tmpdir(), 'alir-compose-'));
    try {
      return await runCli(args, { folder, environment: this.environment, timeoutMs: 600_000 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** An image with another build of the workflows: their code is the same, its id is not. */
  async buildNextImage(tag: string, mark = 'next'): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'alir-image-'));
    const recipe = [
      'FROM alir:local',
      'USER root',
      // In front: at its end there is its source map, which the SDK reads up to the last character.
      `RUN sed -i '1s,^,/* ${mark} */,' dist/workflow-bundle.js`,
      'USER node',
    ];
    writeFileSync(join(folder, 'Dockerfile'), recipe.join('\n'));
    const variables = { DOCKER_BUILDKIT: '0' };
    const { code, stderr } = await this.docker(['build', '-q', '-t', tag, folder], { variables });
    rmSync(folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`The next image was not made: ${stderr}`);
  }

  /** What `alir status` finds, and its exit code: 1 while something stands still, 3 while a server is away. */
  async status<T>(): Promise<{ code: number; status: T | null }> {
    const { code, stdout } = await this.tryInside('status', '--json');
    return { code, status: [0, 1].includes(code) ? lastLine<T>(stdout) : null };
  }

  /** `alirInside(…)` with --json: the last line, parsed. */
  async alirJson<T>(...args: string[]): Promise<T> {
    return lastLine<T>(await this.alirInside(...args, '--json'));
  }

  /** What MySQL answers root in its container, a line for each row. */
  async sql(statement: string): Promise<string[]> {
    const client = ['exec', 'mysql_servers', 'mysql', '-uroot', '-proot', '-N', '-B', '-e', statement];
    const { code, stdout, stderr } = await this.docker(client);
    if (code !== 0) throw new Error(`${statement}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  }
}

/** What a command prints with --json: its last line, parsed. */
export function lastLine<T>(printed: string): T {
  return JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '') as T;
}

interface Options {
  readonly variables?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}
