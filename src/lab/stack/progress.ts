import { Listr, type ListrTask } from 'listr2';
import { type ServiceName, type StackEvent, type StackReport } from './engine.ts';

export interface ProgressStyle {
  /** Whether a person looks at a terminal. */
  readonly terminal: boolean;
  /** Takes the plain lines otherwise. */
  readonly write: (line: string) => void;
  /** The servers that get a line of their own on a terminal. */
  readonly servers: readonly ServiceName[];
}

/** Runs something that reports stack events and shows them while it runs. */
export async function withProgress<T>(
  title: string,
  run: (report: StackReport) => Promise<T>,
  style: ProgressStyle,
): Promise<T> {
  if (style.terminal) return onTerminal(title, run, style.servers);
  return run(({ service, text }) => style.write(service === 'stack' ? text : `${service}: ${text}`));
}

/** A line for the whole and one for each server, with what it is doing. */
async function onTerminal<T>(
  title: string,
  run: (report: StackReport) => Promise<T>,
  servers: readonly ServiceName[],
): Promise<T> {
  const waiting = new Map<ServiceName, (event: StackEvent | 'done' | 'failed') => void>();
  let result: { value: T } | null = null;
  const line = (service: ServiceName): ListrTask => ({
    title: service,
    task: (_, task) =>
      new Promise<void>((resolve) => {
        waiting.set(service, (event) => {
          if (event === 'failed') task.skip(`${task.title}: not started`);
          if (event === 'done' || event === 'failed') return resolve();
          task.title = `${service}: ${event.text}`;
          if (event.phase === 'ready') resolve();
        });
      }),
  });
  const whole: ListrTask = {
    title,
    task: async (_, task) => {
      const finish = (how: 'done' | 'failed') => waiting.forEach((tell) => tell(how));
      try {
        const value = await run((event) => {
          if (event.service === 'stack') task.title = `${title}: ${event.text}`;
          else waiting.get(event.service)?.(event);
        });
        result = { value };
        finish('done');
      } catch (error) {
        finish('failed');
        throw error;
      }
    },
  };
  const list = new Listr([whole, ...servers.map(line)], {
    concurrent: true,
    rendererOptions: { showErrorMessage: false }, // the command line prints it, with what to do next
  });
  await list.run();
  if (result === null) throw new Error('the progress list ended without a result');
  return (result as { value: T }).value;
}
