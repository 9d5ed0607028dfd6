/** What to run before every commit: typecheck, lint and the suites that need no Kafka, MySQL or Maxwell. */
import { execa } from 'execa';
import { projectRoot } from '../src/config/project-root.ts';

const steps: readonly (readonly [name: string, ...command: string[]])[] = [
  ['typecheck', 'tsc', '--noEmit'],
  ['typecheck of the workflow sandbox', 'tsc', '--noEmit', '-p', 'temporal/workflows'],
  ['lint', 'eslint', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '--cache', '.'],
  ['suites', 'node', 'scripts/test.ts', 'unit', 'conventions', 'workflow', 'replay'],
];

for (const [name, command = '', ...args] of steps) {
  const started = performance.now();
  process.stderr.write(`check: ${name}\n`);
  const { exitCode } = await execa(command, args, {
    cwd: projectRoot,
    preferLocal: true,
    stdio: 'inherit',
    reject: false,
  });
  if (exitCode !== 0) {
    process.stderr.write(`check: ${name} failed\n`);
    process.exit(1);
  }
  process.stderr.write(`check: ${name} ok, ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
}
