/**
 * Runs every suite that this machine can run, or those that are named: npm test [-- unit workflow …].
 * Ends with the line `N passed, N failed`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../src/config/project-root.ts';

const suites = process.argv.slice(2);
const report = join(projectRoot, 'test', '.output', 'results.json');
mkdirSync(join(projectRoot, 'test', '.output'), { recursive: true });
rmSync(report, { force: true });

const { exitCode } = await execa(
  'vitest',
  [
    'run',
    ...suites.flatMap((suite) => ['--project', suite]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  { cwd: projectRoot, preferLocal: true, stdio: 'inherit', reject: false },
);

const { passed, failed, skipped } = readResults();
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = exitCode === 0 && failed === 0 && passed > 0 ? 0 : 1;

function readResults(): { passed: number; failed: number; skipped: number } {
  interface Results {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
  }
  try {
    const results = JSON.parse(readFileSync(report, 'utf8')) as Results;
    // A file that breaks before its first test counts as one failure, or the line would call it a success.
    const failed = results.numFailedTests || results.numFailedTestSuites;
    return { passed: results.numPassedTests, failed, skipped: results.numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
