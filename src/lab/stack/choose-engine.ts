import { readRunningStack } from '../../config/running-stack.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { StackEngine } from './engine.ts';

const engines: Readonly<Record<string, () => Promise<StackEngine>>> = {
  // Loaded on demand: the servers' clients would slow down every other command.
  native: async () => (await import('./native/native-engine.ts')).nativeEngine,
  docker: async () => (await import('./docker/docker-engine.ts')).dockerEngine,
  // Not for people: docker-compose.yml sets it in its own containers.
  compose: async () => (await import('./docker/inside-engine.ts')).insideEngine,
};

/**
 * The engine of that name, else that of ALIR_ENGINE. Without a name: the one on which the stack runs, else Docker where
 * it answers and has the images, else the native one.
 *
 * @param stack the stack that it is wanted for; Docker has only `default`
 * @throws AlirError USAGE when the name is unknown
 */
export async function chooseEngine(
  name: string | undefined = process.env['ALIR_ENGINE'] || undefined,
  stack = 'default',
): Promise<StackEngine> {
  const load = engines[name ?? (await defaultEngine(stack))];
  if (load === undefined) throw new AlirError('USAGE', `There is no engine "${name}": use native or docker.`);
  return load();
}

async function defaultEngine(stack: string): Promise<string> {
  const running = readRunningStack(stack);
  if (running !== null) return running.engine;
  if (stack !== 'default') return 'native';
  const { isReadyToUse } = await import('./docker/compose.ts');
  return (await isReadyToUse()) ? 'docker' : 'native';
}
