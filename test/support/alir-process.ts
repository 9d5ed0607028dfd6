import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from '../../src/config/project-root.ts';
import { Watchdog } from '../../src/lab/stack/native/watchdog.ts';
import { alirEntry, builtEntry, nodeOptions } from './entry.ts';

/** As it is deployed; needs `npm run build`. */
export const fromBuild = [...nodeOptions, builtEntry];

/** Variables of the image that decide on the memory of what is measured. */
export const imageEnvironment = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' } as const;

const watchdog = new Watchdog();
const running = new Set<AlirChild>();

/** A process of Alir's own command line, killed at the latest when the test process ends, whatever ends that. */
export class AlirChild {
  readonly #child: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  #output = '';

  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    entry: readonly string[] = [...nodeOptions, ...alirEntry],
  ) {
    this.#child = spawn(process.execPath, [...entry, ...args], {
      cwd: projectRoot,
      env: { ...process.env, HTTP_PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // the watchdog ends process groups
    });
    this.environment = environment;
    const { pid } = this;
    watchdog.add(pid);
    running.add(this);
    this.#child.once('exit', () => {
      watchdog.remove(pid);
      running.delete(this);
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.#output += bytes.toString()));
  }

  /** Everything it has written so far. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when it has written `text`. */
  async says(text: string, withinMs = 120_000): Promise<void> {
    for (let waited = 0; !this.#output.includes(text); waited += 50) {
      if (this.#child.exitCode !== null || waited > withinMs)
        throw new Error(`the process did not say "${text}":\n${this.#output.slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Sends a signal and waits for the end; returns the exit code, or null when the signal ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill(signal);
      await ended;
    }
    return this.#child.exitCode;
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

/**
 * Ends what a test that failed has left behind in its place, and shows what it wrote last: in the consumer group it
 * would take part in the next test.
 */
export async function endLeftAlir({ TEMPORAL_NAMESPACE: place }: Record<string, string>): Promise<void> {
  for (const child of [...running].filter(({ environment }) => environment['TEMPORAL_NAMESPACE'] === place)) {
    process.stderr.write(`${child.output.slice(-4000)}\n`);
    await child.end('SIGKILL');
  }
}

/** Starts `alir run`, `worker` or `consume` and waits until it is ready. */
export async function startAlir(
  part: 'run' | 'worker' | 'consume' | 'serve',
  environment: Readonly<Record<string, string>>,
  entry?: readonly string[],
): Promise<AlirChild> {
  const child = new AlirChild([part], environment, entry);
  await child.says(`alir ${part} is ready`);
  return child;
}
