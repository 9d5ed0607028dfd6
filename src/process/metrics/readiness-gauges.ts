import { readReadiness, type ReadyChecks } from '../../http/readiness.ts';
import type { SampledGauges } from '../../observability/sampled-gauges.ts';

const gauges = {
  alir_ready: {
    help: '1: all that the process needs answers, by the checks of /readyz; 0: something does not',
    labels: ['check'],
  },
};

/** What `/readyz` says. */
export function readinessGauges(checks: ReadyChecks): SampledGauges<keyof typeof gauges> {
  return {
    reading: 'readiness',
    everyMs: 10_000,
    waitMs: 5_000, // a check that gets no answer has failed after four
    gauges,
    async read() {
      const { checks: answers } = await readReadiness(checks);
      return {
        alir_ready: Object.entries(answers).map(([check, answer]) => ({
          labels: { check },
          value: answer === 'ok' ? 1 : 0,
        })),
      };
    },
  };
}
