import { expect, test } from 'vitest';
import { judgeTables } from '../../../../src/operations/doctor/checks/replica-tables.ts';

const row = (state: string, reason: string | null = null) => ({ name: `app.${state}`, state, reason });

test('tables that are not as their source are told with their reason and the remedy', () => {
  const findings = judgeTables([
    row('ready'),
    row('paused', 'why'),
    row('stale', 'DROP PARTITION'),
    row('refused', 'no key'),
  ]);
  expect(findings.map(({ level, found }) => [level, found])).toEqual([
    ['problem', 'app.paused is paused: why'],
    ['problem', 'app.stale is stale: DROP PARTITION'],
    ['warning', 'app.refused is refused: no key'],
  ]);
  expect(findings[1]?.todo).toBe('Run: alir replica reload stale');
});

test('tables that load, are ready or were dropped are well', () => {
  expect(judgeTables([row('ready'), row('loading'), row('dropped')])).toEqual([
    { level: 'ok', found: 'No table is paused, stale or refused (3 tables).' },
  ]);
});
