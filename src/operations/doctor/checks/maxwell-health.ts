import { isInCompose, maxwellPages } from '../../../config/in-compose.ts';
import { messageOf } from '../../../errors/alir-error.ts';
import { ok, problem, skipped, type Check, type Finding } from '../check.ts';

/** What Maxwell's diagnostic page answers, as far as it is looked at. */
interface Diagnosis {
  readonly success?: boolean;
  readonly checks?: readonly {
    readonly name: string;
    readonly success: boolean;
    readonly message?: string;
  }[];
}

const patienceMs = 8_000;

/** Whether it runs shows when it is asked. */
const maxwellOfCompose = { running: true, diagnostic: `${maxwellPages}/diagnostic` };

/** Maxwell's own page about itself: it writes a heartbeat and a message, and waits until both have come round. */
export const maxwellHealth: Check = {
  name: 'health',
  area: 'Maxwell',
  needs: [],
  async run({ stack }) {
    const maxwell = stack?.maxwell ?? (isInCompose() ? maxwellOfCompose : null);
    if (maxwell === null) return [skipped("No running stack says where Maxwell's diagnostic page is.")];
    const { running, diagnostic } = maxwell;
    if (!running || diagnostic === undefined) return [judgeHealth({ running, failure: null, answer: null })];
    try {
      const response = await fetch(diagnostic, { signal: AbortSignal.timeout(patienceMs) });
      return [judgeHealth({ running, failure: null, answer: (await response.json()) as Diagnosis })];
    } catch (error) {
      return [judgeHealth({ running, failure: messageOf(error), answer: null })];
    }
  },
};

export interface HealthFacts {
  /** What the stack says. */
  readonly running: boolean;
  /** Why the page did not answer. */
  readonly failure: string | null;
  readonly answer: Diagnosis | null;
}

export function judgeHealth({ running, failure, answer }: HealthFacts): Finding {
  const todo = 'Run: alir stack logs maxwell';
  if (!running) {
    const means = 'No changes arrive from the source; the stack restarts Maxwell where that helps.';
    return problem({ found: 'Maxwell is not running.', means, todo });
  }
  if (failure !== null) {
    const means = 'Maxwell is just starting, or it hangs.';
    return problem({ found: `Maxwell's diagnostic page does not answer: ${failure}.`, means, todo });
  }
  if (!answer) return skipped('The stack has no diagnostic page for Maxwell.');
  const failed = (answer.checks ?? []).filter(({ success }) => !success);
  if (answer.success === false || failed.length > 0) {
    const parts = failed.map(({ name, message = '' }) => `${name}: ${message || 'failed'}`);
    const means = 'Maxwell is running, but changes do not get through.';
    return problem({ found: `Maxwell reports that it is unhealthy (${parts.join('; ')}).`, means, todo });
  }
  const said = (answer.checks ?? []).map(({ message = '' }) => message).filter(Boolean);
  return ok(`Maxwell reports that it is healthy${said.length > 0 ? `: ${said.join('; ')}` : ''}.`);
}
