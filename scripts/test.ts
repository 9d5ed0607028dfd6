/**
 * Runs every suite that this machine can run, or those that are named: npm test [-- unit workflow …]. With --full
 * (npm run test:full) also the cases that take minutes. Ends with the time of each suite and `N passed, N failed`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { projectRoot } from '../src/config/project-root.ts';

const { values, positionals: suites } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
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
  {
    cwd: projectRoot,
    preferLocal: true,
    stdio: 'inherit',
    reject: false,
    env: values.full ? { ALIR_TEST_FULL: '1' } : {},
  },
);

const { passed, failed, skipped, files } = readResults();
process.stdout.write(
  `\n${timesOf(files).join('\n')}\n\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = exitCode === 0 && failed === 0 && passed > 0 ? 0 : 1;

/** Of a file, milliseconds since 1970. */
interface FileTimes {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
}

interface Results {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly files: readonly FileTimes[];
}

function readResults(): Results {
  interface Report {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
    testResults: FileTimes[];
  }
  try {
    const results = JSON.parse(readFileSync(report, 'utf8')) as Report;
    // A file that breaks before its first test counts as one failure, or the line would call it a success.
    const failed = results.numFailedTests || results.numFailedTestSuites;
    const { numPassedTests: passed, numPendingTests: skipped, testResults: files } = results;
    return { passed, failed, skipped, files };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, files: [] };
  }
}

/** A line for each suite: how long it took by the clock, and its slowest files. */
function timesOf(files: readonly FileTimes[]): string[] {
  const suiteOf = ({ name }: FileTimes): string =>
    relative(join(projectRoot, 'test'), name).split(sep)[0] ?? '';
  return [...new Set(files.map(suiteOf))].map((suite) => {
    const its = files.filter((file) => suiteOf(file) === suite).sort((a, b) => lasted(b) - lasted(a));
    const begin = Math.min(...its.map(({ startTime }) => startTime));
    const took = Math.max(...its.map(({ endTime }) => endTime)) - begin;
    const slowest = its
      .slice(0, 3)
      .map((file) => `${seconds(lasted(file))} ${relative(join(projectRoot, 'test', suite), file.name)}`);
    return `${suite}: ${seconds(took)}, ${its.length} files; slowest: ${slowest.join(', ')}`;
  });
}

function lasted({ startTime, endTime }: FileTimes): number {
  return endTime - startTime;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}
