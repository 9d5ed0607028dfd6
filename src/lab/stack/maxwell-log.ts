import type { StackDescription } from '../../config/running-stack.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { chooseEngine } from './choose-engine.ts';

/** Several ends, each with what Java says of where it was. */
const lines = 2_000;

/** The end of Maxwell's log where Alir started it; null: it cannot be read from here. */
export async function readMaxwellLog(stack: StackDescription | null): Promise<string[] | null> {
  if (stack === null) return null;
  try {
    const engine = await chooseEngine(stack.engine, stack.name);
    const found: string[] = [];
    // A container's log has the name of its service in front.
    for await (const line of engine.logs(stack.name, { service: 'maxwell', lines }))
      found.push(line.replace(/^[\w.-]+\s+\| /, ''));
    return found;
  } catch (error) {
    if (error instanceof AlirError) return null;
    throw error;
  }
}
