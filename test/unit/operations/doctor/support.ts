import type { Finding, Level } from '../../../../src/operations/doctor/check.ts';

export function levelsOf(findings: readonly Finding[]): Level[] {
  return findings.map(({ level }) => level);
}
