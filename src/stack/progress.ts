import { Listr, type ListrTask } from 'listr2';
import { serviceNames, type ServiceName, type StackEvent, type StackReport } from './engine.ts';

/** Runs something that reports stack events and shows them while it runs. */
export async function withProgress<T>(
  title: string,
  run: (report: StackReport) => Promise<T>,
  style: { readonly terminal: boolean; readonly write: (line: string) => void },
): Promise<T> {
  if (style.terminal) return onTerminal(title, run);
  return run(({ service, text }) => style.write(service === 'stack' ? text : `${service}: ${text}`));
}

/** One line per server with what it is doing; a server appears with its first event. */
async function onTerminal<T>(title: string, run: (report: StackReport) => Promise<T>): Promise<T> {
  const waiting = new Map<ServiceName, (event: StackEvent | null) => void>();
  let result: { value: T } | null = null;
  const line = (service: ServiceName): ListrTask => ({
    title: service,
    task: (_, task) =>
      new Promise<void>((resolve) => {
        waiting.set(service, (event) => {
          if (event === null) return resolve();
          task.title = `${service}: ${event.text}`;
          if (event.phase === 'ready' || event.phase === 'stopped') resolve();
        });
      }),
  });
  const whole: ListrTask = {
    title,
    task: async (_, task) => {
      try {
        const value = await run((event) => {
          if (event.service === 'stack') task.title = `${title}: ${event.text}`;
          else waiting.get(event.service)?.(event);
        });
        result = { value };
      } finally {
        for (const finish of waiting.values()) finish(null);
      }
    },
  };
  const list = new Listr([whole, ...serviceNames.map(line)], {
    concurrent: true,
    rendererOptions: { collapseErrors: false },
  });
  await list.run();
  if (result === null) throw new Error('the progress list ended without a result');
  return (result as { value: T }).value;
}
