import type { DoctorContext } from './context.ts';

/**
 * How bad a finding is. `warning`: it works now, and will hurt one day, or Alir mends it by itself. `problem`: rows do
 * not arrive, arrive wrong or get lost. `skipped`: it could not be looked at.
 */
export type Level = 'ok' | 'skipped' | 'warning' | 'problem';

/** One answer of a check. Texts are single sentences, and never hold a row or a secret. */
export interface Finding {
  readonly level: Level;
  readonly found: string;
  /** What follows from it; absent where all is well. */
  readonly means?: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** The servers that checks need. */
export const servers = ['kafka', 'target', 'source', 'temporal'] as const;
export type Server = (typeof servers)[number];

export const areas = [
  'Configuration',
  'Kafka',
  'MySQL target',
  'MySQL source',
  'Maxwell',
  'Temporal',
] as const;
export type Area = (typeof areas)[number];

/** One line of the troubleshooting list. It reads and judges; it never changes anything. */
export interface Check {
  readonly name: string;
  readonly area: Area;
  /** Servers without which there is nothing to look at: while one is away, the check is skipped. */
  readonly needs: readonly Server[];
  run(context: DoctorContext): Promise<readonly Finding[]>;
}

/** What is wrong, what follows from it, and what to do. */
export type Trouble = Required<Omit<Finding, 'level'>>;

export const ok = (found: string): Finding => ({ level: 'ok', found });
export const warning = (trouble: Trouble): Finding => ({ level: 'warning', ...trouble });
export const problem = (trouble: Trouble): Finding => ({ level: 'problem', ...trouble });
export const skipped = (found: string, todo?: string): Finding => ({
  level: 'skipped',
  found,
  ...(todo !== undefined && { todo }),
});
