import { execFile } from 'node:child_process';
import { projectRoot } from '../../src/config/project-root.ts';
import { alirEntry, nodeOptions } from './entry.ts';

export interface CliResult {
  /** Null: it had to be killed because it did not end. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** The only variables that it sees, beside PATH, HOME and what they need. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder to start it in: there it looks for `.env` and for running stacks. */
  readonly folder?: string;
  readonly timeoutMs?: number;
}

const passedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'JAVA_HOME'];

/** This process's environment without any setting of Alir. */
export function plainEnvironment(settings: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  // Without an engine's name a machine with Docker would start containers.
  return { ...(Object.fromEntries(own) as Record<string, string>), ALIR_ENGINE: 'native', ...settings };
}

/** Runs a command of Alir to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { environment, folder = projectRoot, timeoutMs = 60_000 } = options;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...nodeOptions, ...alirEntry, ...args],
      { cwd: folder, env: plainEnvironment(environment), timeout: timeoutMs, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** The last line of the answer, which is JSON. */
export function lastJson({ stdout, stderr }: CliResult): unknown {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new Error(`the last line is not JSON: ${line}\n${stderr.slice(-2000)}`);
  }
}
