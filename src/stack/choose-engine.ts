import { AlirError } from '../errors/alir-error.ts';
import type { StackEngine } from './engine.ts';

/**
 * The engine of that name; without a name the native one.
 *
 * @throws AlirError NO_ENGINE when there is none, USAGE when the name is unknown
 */
export async function chooseEngine(name = 'native'): Promise<StackEngine> {
  if (name === 'native') {
    // Loaded on demand: the servers' clients would slow down every other command.
    const { nativeEngine } = await import('./native/native-engine.ts');
    return nativeEngine;
  }
  if (name === 'docker')
    throw new AlirError('NO_ENGINE', 'The Docker engine is not available in this version.');
  throw new AlirError('USAGE', `There is no engine "${name}": use native or docker.`);
}
