import { AlirError, messageOf } from '../../../errors/alir-error.ts';
import type { ErrorCode } from '../../../errors/catalogue.ts';
import { createLogger } from '../../../observability/logger.ts';
import type { StackDescription } from '../../../config/running-stack.ts';
import type { StackEvent, UpOptions } from '../engine.ts';
import { claimHolder } from './claim.ts';
import { NativeStack, type NativeStackOptions } from './native-stack.ts';
import { StackFiles } from './stack-files.ts';

/** What the supervisor tells the command that started it. */
export type SupervisorMessage =
  | { readonly kind: 'event'; readonly event: StackEvent }
  | { readonly kind: 'ready'; readonly description: StackDescription }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly remedy: string };

/** The options of a stack that restarts its servers, from what `alir stack up` was asked for. */
export function supervisedOptions(options: UpOptions, signal: AbortSignal): NativeStackOptions {
  return {
    name: options.name,
    ports: options.ports ?? {},
    ...(options.withoutMaxwell ? { services: ['kafka', 'mysql', 'temporal'] } : {}),
    restart: true,
    signal,
  };
}

/** An abort signal that fires at the first wish to end, and the number of the signal that carried it. */
export function untilInterrupted(): { readonly signal: AbortSignal; readonly interrupted: Promise<void> } {
  const controller = new AbortController();
  const interrupted = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        controller.abort();
        resolve();
      });
    }
  });
  return { signal: controller.signal, interrupted };
}

/** Body of the detached process behind `alir stack up`: starts the servers and lives as long as they are wanted. */
export async function supervise(options: UpOptions): Promise<void> {
  const logger = createLogger('info', 'stack');
  const files = new StackFiles(options.name);
  const { signal, interrupted } = untilInterrupted();
  const startEnded = new AbortController();
  const tell = (message: SupervisorMessage) => {
    if (process.connected) process.send?.(message, () => undefined);
  };
  const end = (code: number): void => {
    // A download that is still under way ends with this process instead of holding it.
    if (process.connected) process.once('disconnect', () => process.exit(code));
    else process.exit(code);
  };
  process.once('disconnect', () => startEnded.abort()); // the command was interrupted before the stack was ready
  if (claimHolder(files.supervisor)) {
    tell({ kind: 'busy' });
    return end(0);
  }
  try {
    const stack = await NativeStack.start(
      supervisedOptions(options, AbortSignal.any([signal, startEnded.signal])),
      (event) => {
        logger.info({ service: event.service, phase: event.phase }, event.text);
        tell({ kind: 'event', event });
      },
    );
    process.removeAllListeners('disconnect');
    tell({ kind: 'ready', description: stack.description });
    logger.info({ ports: stack.ports }, 'the stack is up');
    const living = setInterval(() => undefined, 60_000); // nothing else may keep this process alive
    await interrupted;
    clearInterval(living);
    await stack.close();
    logger.info('the stack is down');
    end(0);
  } catch (error) {
    logger.error({ error: messageOf(error) }, 'the stack did not start');
    const known = error instanceof AlirError ? error : new AlirError('UNEXPECTED', messageOf(error));
    tell({ kind: 'failed', code: known.code, message: known.message, remedy: known.remedy });
    end(known.entry.exit);
  }
}
