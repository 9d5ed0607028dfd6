import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { catalogue, nonRetryableCodes } from '../../src/errors/catalogue.ts';

const page = readFileSync(join(projectRoot, 'docs/guide/errors.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` \| (\S+) \| (\S+) \| (\d) \|/gm)];

test('the guide lists every code with its fault, whether it is retried, and its exit code', () => {
  const documented = Object.fromEntries(
    rows.map(([, code = '', ...columns]): [string, string[]] => [code, columns]),
  );
  const real = Object.fromEntries(
    Object.entries(catalogue).map(([code, entry]) => [
      code,
      [entry.fault, entry.retryable ? 'yes' : 'no', String(entry.exit)],
    ]),
  );
  expect(documented).toEqual(real);
});

test('poison is never retried and outages always are', () => {
  for (const [code, entry] of Object.entries(catalogue)) {
    if (entry.fault === 'data') expect(nonRetryableCodes, code).toContain(code);
    if (entry.fault === 'outage') expect(nonRetryableCodes, code).not.toContain(code);
  }
});

test('every remedy is a sentence or a command', () => {
  for (const [code, entry] of Object.entries(catalogue)) expect(entry.remedy, code).toMatch(/^[A-Z].{8,}/);
});
