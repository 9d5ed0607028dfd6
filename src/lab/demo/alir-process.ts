import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, settingsOfStack, stackFolder, type StackDescription } from '../../config/running-stack.ts';
import { AlirError } from '../../errors/alir-error.ts';

export interface AlirProcess {
  readonly pid: number;
  readonly log: string;
  /** Lets it finish what is in flight. */
  stop(): Promise<void>;
}

const readyWithinMs = 120_000;
const stopWithinMs = 60_000;

/**
 * Starts `alir run` for a stack as a process of its own, or finds the one that an earlier demo has left running.
 * It ends with the stack's supervisor, so that nothing outlives the stack.
 *
 * @throws AlirError SERVER_FAILED when it does not become ready
 */
export async function startAlirProcess(
  stack: StackDescription,
  tell: (line: string) => void,
): Promise<AlirProcess> {
  tell('Starting consumers and worker');
  const folder = stackFolder(stack.name);
  const log = join(folder, 'logs', 'alir-run.log');
  const pidFile = join(folder, 'alir-run.pid');
  const earlier = readPid(pidFile);
  if (earlier !== null) return { pid: earlier, log, stop: () => stopProcess(earlier) };

  mkdirSync(join(folder, 'logs'), { recursive: true });
  const output = openSync(log, 'w');
  const entry = process.argv[1] ?? '';
  const child = spawn(
    process.execPath,
    [...process.execArgv, entry, 'run', '--while-alive', String(stack.supervisor)],
    {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...settingsOfStack(stack), ALIR_STACK: stack.name },
    },
  );
  closeSync(output);
  child.unref();
  const pid = child.pid ?? 0;
  writeFileSync(pidFile, String(pid));
  await ready(child, log);
  return { pid, log, stop: () => stopProcess(pid) };
}

async function ready(child: { exitCode: number | null }, log: string): Promise<void> {
  for (let waited = 0; waited < readyWithinMs; waited += 100) {
    const text = readFileSync(log, 'utf8');
    if (text.includes('alir run is ready')) return;
    if (child.exitCode !== null) throw failed(log, lastLine(text));
    await delay(100);
  }
  throw failed(log, 'it was not ready within two minutes');
}

function failed(log: string, why: string): AlirError {
  return new AlirError('SERVER_FAILED', `Consumers and worker did not start: ${why} (log: ${log}).`);
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function readPid(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid > 0 && isAlive(pid) ? pid : null;
  } catch {
    return null; // no earlier one
  }
}

async function stopProcess(pid: number): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  // Bounded: a process that has ended but whom nobody has waited for still counts as alive.
  for (let waited = 0; waited < stopWithinMs && isAlive(pid); waited += 50) await delay(50);
}
