import { advise, print, printJson } from './output.ts';
import { plural } from '../errors/sentences.ts';
import { areas, type Level } from '../operations/doctor/check.ts';
import type { Result } from '../operations/doctor/run-checks.ts';

const levels: readonly Level[] = ['ok', 'skipped', 'warning', 'problem'];

/** The answer for people: every finding under its area, then how many of each there are. */
export function printReport(results: readonly Result[]): void {
  for (const area of areas) {
    const own = results.filter((result) => result.area === area);
    if (own.length === 0) continue;
    print(area);
    for (const { level, name, found, means, todo } of own) {
      advise(`  ${level.padEnd(8)} ${name}: ${found}`);
      if (means !== undefined) advise(`           ${means}`);
      if (todo !== undefined) advise(`           → ${todo}`);
    }
    print();
  }
  const { problem, warning, skipped, ok } = countLevels(results);
  const notChecked = skipped > 0 ? `, ${skipped} not checked` : '';
  print(`${plural(problem, 'problem')}, ${plural(warning, 'warning')}, ${ok} ok${notChecked}.`);
}

/** The answer for machines. */
export function printReportJson(results: readonly Result[]): void {
  const counts = countLevels(results);
  printJson({ ok: counts.problem === 0, counts, checks: results });
}

function countLevels(results: readonly Result[]): Record<Level, number> {
  const count = (level: Level): number => results.filter((result) => result.level === level).length;
  return Object.fromEntries(levels.map((level) => [level, count(level)])) as Record<Level, number>;
}
