import { ok, warning, type Check } from '../check.ts';
import { isInCompose } from '../../../config/in-compose.ts';
import { readMemory, troublesOf } from '../memory.ts';
import { gibibytes } from '../sizes.ts';

/** Of the machine, and of the process that looks: what another container may take is told in that one's log. */
export const memory: Check = {
  name: 'memory',
  area: 'Configuration',
  needs: [],
  run({ stack }) {
    const facts = readMemory();
    const troubles = troublesOf(facts, stack !== null || isInCompose());
    const found = `The machine has ${gibibytes(facts.machine)}.`;
    return Promise.resolve(troubles.length > 0 ? troubles.map(warning) : [ok(found)]);
  },
};
