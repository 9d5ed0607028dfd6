/**
 * Random work on a real source while Maxwell and Alir replicate it, then a comparison by SQL:
 * npm run test:cdc [-- --minutes N] [--seed N] [--steps N] [--source mariadb] [--kinds "swap tables,truncate"].
 *
 * The seed alone repeats the work. Ends with one JSON line; exit code 1 when source and replica differ.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../src/config/project-root.ts';
import { sumCounts } from '../../src/metadata/batches.ts';
import { keepEvidence } from './keep-evidence.ts';
import { unexpectedLetters } from './unexpected-letters.ts';
import { startCdcPlace } from '../support/cdc-place.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    steps: { type: 'string' },
    source: { type: 'string', default: 'mysql' },
    kinds: { type: 'string' },
    'no-schema-changes': { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? randomInt(1, 1_000_000));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const { source } = values;
if (source !== 'mysql' && source !== 'mariadb') throw new Error('--source is mysql or mariadb');

say(`Seed ${seed}, source ${source}`);
const place = await startCdcPlace({ source, report: ({ service, text }) => say(`${service}: ${text}`) });
try {
  const workload = place.workload(seed, {
    schemaChanges: !values['no-schema-changes'],
    kinds: values.kinds?.split(',').map((kind) => kind.trim()),
  });
  await workload.prepare();
  // Rows that no event will ever bring: Maxwell's messages of them come too, but nothing may depend on it.
  await workload.run(({ steps }) => steps >= 20);
  const alir = await place.run();
  const until = Date.now() + Number(values.minutes) * 60_000;
  const steps = values.steps === undefined ? Infinity : Number(values.steps);
  await workload.run((summary) => summary.steps >= steps || Date.now() > until);
  say(`Done: ${JSON.stringify(workload.summary)}`);
  const isLate = (error: unknown) => [String(error)];
  // Tables that have just been read hide what a live change of them would have come to.
  const late = await place
    .caughtUp()
    .then(() => workload.runRows(1000))
    .then(() => place.caughtUp())
    .then(() => [], isLate);
  await workload.close();
  const found = [...late, ...(await place.differences())];
  if (found.length > 0) say(`Differences:\n${found.join('\n')}\n${alir.output.slice(-6000)}`);
  if (found.length > 0) say(`Kept: ${await keepEvidence(place, `workload-${source}-${seed}`)}`);
  if (late.length > 0) {
    const log = join(projectRoot, '.alir', place.stack.description.name, 'logs', 'maxwell.log');
    say(`Maxwell:\n${readFileSync(log, 'utf8').slice(-3000)}`);
  }
  await alir.end();
  const { counts } = await sumCounts(place.database, 'cdc');
  for (const letter of (await unexpectedLetters(place.database)).slice(0, 20))
    say(`Unexpected dead letter of ${letter}`);
  process.stdout.write(
    `${JSON.stringify({ source, ...workload.summary, counts, equal: found.length === 0 })}\n`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await place.close();
}
