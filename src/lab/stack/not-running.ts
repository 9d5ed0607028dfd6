import { runningStackNames } from '../../config/running-stack.ts';
import { AlirError } from '../../errors/alir-error.ts';

/**
 * The error of a stack that is not up; its remedy is the command that starts this one, and the names of those that run.
 *
 * @param state what it is or does instead, as the end of a sentence
 * @param flags what `alir stack up` needs to start it, beside its name
 */
export function stackNotRunning(name: string, state: string, flags = ''): AlirError {
  const up = ['alir stack up', name === 'default' ? '' : `--name ${name}`, flags].filter(Boolean).join(' ');
  const others = runningStackNames().filter((other) => other !== name);
  const or = others.length === 0 ? '' : `, or name one that runs: --name ${others.join(' or ')}`;
  return new AlirError('STACK_NOT_RUNNING', `The stack ${name} ${state}.`, { remedy: `Run: ${up}${or}` });
}
