import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { StackDescription } from '../../../config/running-stack.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import type { StackReport, UpOptions } from '../engine.ts';
import { claimHolder } from './claim.ts';
import { lastLines, openLog } from './log-file.ts';
import type { StackFiles } from './stack-files.ts';
import type { SupervisorMessage } from './supervisor.ts';

/** Starts the detached supervisor and returns when the stack is up; several callers at once end up with one. */
export async function startSupervisor(
  options: UpOptions,
  files: StackFiles,
  report: StackReport,
): Promise<StackDescription> {
  files.makeFolders();
  for (;;) {
    const description = claimHolder(files.supervisor)
      ? await waitForOther(files, report)
      : await spawnSupervisor(options, files, report);
    if (description) return description;
  }
}

/** Another command is starting the same stack: waits for its result. */
async function waitForOther(files: StackFiles, report: StackReport): Promise<StackDescription | null> {
  report({ service: 'stack', phase: 'working', text: 'another process is starting this stack; waiting' });
  for (;;) {
    const holder = claimHolder(files.supervisor);
    if (!holder) return null;
    const description = files.readDescription();
    if (description?.supervisor === holder.pid) return description;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function spawnSupervisor(
  options: UpOptions,
  files: StackFiles,
  report: StackReport,
): Promise<StackDescription | null> {
  const log = files.log('supervisor');
  const output = openLog(log);
  const { name, withoutMaxwell, ports } = options;
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      process.argv[1] ?? '',
      'stack',
      'supervise',
      JSON.stringify({ name, withoutMaxwell, ports } satisfies UpOptions),
    ],
    { detached: true, stdio: ['ignore', output, output, 'ipc'] },
  );
  closeSync(output);
  const release = () => {
    if (child.connected) child.disconnect();
    child.unref();
  };
  return new Promise<StackDescription | null>((resolve, reject) => {
    child.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'event') report(message.event);
      else if (message.kind === 'busy') resolve(null);
      else if (message.kind === 'ready') resolve(message.description);
      else reject(new AlirError(message.code, message.message, { remedy: message.remedy }));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const words = lastLines(log, 1).join('');
      reject(
        new AlirError('SERVER_FAILED', `The supervisor ended (${signal ?? code}); its log ${log}: ${words}`),
      );
    });
  }).finally(release);
}
