/**
 * Runs every suite that this machine can run, or those that are named: npm test [-- unit workflow …]. With --full
 * (npm run test:full) also the cases that take minutes. Ends with the time of each suite and `N passed, N failed`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { projectRoot } from '../src/config/project-root.ts';

/** Suites of one run of vitest; what a run starts, and all that it holds in memory, ends before the next begins. */
const runs = [
  ['unit', 'conventions', 'workflow', 'replay'],
  ['integration'],
  ['end-to-end', 'chaos'],
  ['compose'],
] as const;
const known: readonly string[] = runs.flat();

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.find((suite) => !known.includes(suite));
if (unknown !== undefined) {
  process.stderr.write(`There is no suite "${unknown}". The suites: ${known.join(', ')}\n`);
  process.exit(2);
}
const wanted = positionals.length > 0 ? positionals : known;
const results: Results[] = [];
for (const suites of runs) {
  const these = suites.filter((suite) => wanted.includes(suite));
  if (these.length > 0) results.push(await runSuites(these));
}
const files = results.flatMap((result) => result.files);
const [passed, failed, skipped] = (['passed', 'failed', 'skipped'] as const).map((what) =>
  results.reduce((sum, result) => sum + result[what], 0),
) as [number, number, number];
process.stdout.write(
  `\n${timesOf(files).join('\n')}\n\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runSuites(suites: readonly string[]): Promise<Results> {
  const report = join(projectRoot, 'test', '.output', `results-${suites[0]}.json`);
  mkdirSync(dirname(report), { recursive: true });
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
  const result = readResults(report);
  // An error outside of the tests, or a set-up that failed: it is no test's, but it must count.
  return exitCode !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

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

function readResults(report: string): Results {
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
