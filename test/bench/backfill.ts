/**
 * The proof of backfill, verify and repair at size: npm run bench:backfill [-- --rows N] [--seed N] [--profile FOLDER]
 * [--no-build] [--json].
 *
 * Real servers, real Maxwell and `alir run` in a process of its own. N changes go through the source's binlog to the
 * topics of five tables, and to the replica. Then all of them are run again, from Kafka and from the source, each timed
 * from the start of its workflow to its end; then the replica is damaged in five ways, verified, repaired and compared
 * row by row, in SQL. Applications write to the source all the while. The last line is JSON; 1 if not correct.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { untilMaxwellHasPassed } from '../../src/lab/demo/replica-caught-up.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { fromBuild, imageEnvironment, startAlir } from '../support/alir-process.ts';
import { startCdcPlace } from '../support/cdc-place.ts';
import { Commands, type VerifyAnswer } from './backfill-commands.ts';
import { LiveWriter } from './backfill-live.ts';
import { createTables, damageReplica, fillTables, rowsOf, tables, type Found } from './backfill-tables.ts';
import { serverProcesses, watchUsage } from './backfill-usage.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    /** Where to leave V8's CPU profiles of `alir run`. Costs a few per cent. */
    profile: { type: 'string' },
    /** Takes dist/ as it is. */
    'no-build': { type: 'boolean', default: false },
    /** The last line alone. */
    json: { type: 'boolean', default: false },
  },
});
const changesOfTable = Math.round(Number(values.rows) / tables.length);
const seed = Number(values.seed);
const say = (line: string): void => void (values.json || process.stderr.write(`${line}\n`));
const problems: string[] = [];
const check = (isRight: boolean, problem: string): void => {
  if (isRight) return;
  problems.push(problem);
  say(`WRONG: ${problem}`);
};

if (!values['no-build']) await execa('npm', ['run', 'build'], { cwd: projectRoot, stdio: ['ignore', 2, 2] });
const place = await startCdcPlace({ report: ({ service, text }) => say(`${service}: ${text}`) });
const client = await connectTemporal(place.config);
let opened: LiveWriter | undefined;
try {
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const alir = await startAlir('run', { ...place.environment, ...imageEnvironment }, [
    ...profiling,
    ...fromBuild,
  ]);
  const commands = new Commands(place.environment, client);
  const processes = { alir: alir.pid, ...serverProcesses(place.stack) };

  await createTables(place);
  await place.caughtUp();
  say(`Making ${changesOfTable} changes in each of ${tables.length} tables`);
  const filling = watchUsage(processes);
  await fillTables(place, changesOfTable, seed);
  await untilMaxwellHasPassed(place.config, 600_000);
  const inTopics = filling().seconds;
  await place.caughtUp(600_000);
  const fill = { ...filling(), inTopics };
  say(`In the topics after ${inTopics} s, in the replica after ${fill.seconds} s`);

  const live = (opened = await LiveWriter.start(place, rowsOf(changesOfTable), seed));
  await live.begun();
  /** Something that is watched from outside while it goes on. */
  const phase = async <T extends object>(name: string, work: () => Promise<T>) => {
    live.latency();
    const watching = watchUsage(processes);
    const result = await work();
    const { cpu, otherCpuShare, peakRssMb } = watching();
    const figures = { ...result, latency: live.latency(), cpu, otherCpuShare, peakRssMb };
    say(`${name}: ${JSON.stringify(figures)}`);
    return figures;
  };
  const idle = await phase('idle', () => delay(5_000, {}));

  const kafka = await phase('kafka', () => commands.backfill('--via', 'kafka'));
  check(kafka.rows >= changesOfTable * tables.length, `the replay has read ${kafka.rows} rows`);
  await place.inReplica(...tables.map((table) => `UPDATE ${table} SET note = NULL`));
  const kafkaRewrites = await phase('kafka, a column nulled', () => commands.backfill('--via', 'kafka'));
  check(
    kafkaRewrites.counts.updated === rowsOf(changesOfTable) * tables.length,
    `the replay has restored ${kafkaRewrites.counts.updated} rows`,
  );
  const source = await phase('source', () => commands.backfill('--via', 'source'));

  live.traffic = 'sound';
  const expected = await damageReplica(place);
  const verify = await phase('verify', () => commands.verify(tables));
  check(sameFindings(verify, expected), `verify has found ${JSON.stringify(findingsOf(verify))}`);
  live.traffic = 'any';
  const repair = await phase('repair', () => commands.verify(tables, '--repair'));
  check(repair.equal, `after the repair: ${JSON.stringify(repair.tables)}`);
  const written = live.written;
  for (const wrong of await live.stop(() => place.caughtUp(600_000))) check(false, wrong);
  const last = await commands.verify(tables);
  check(last.equal, `at the end: ${JSON.stringify(last.tables)}`);
  for (const difference of await place.differences('bench_')) check(false, difference);
  await alir.end();

  const result = {
    rows: changesOfTable * tables.length,
    tables: tables.length,
    fill,
    idle,
    kafka,
    kafkaRewrites,
    source,
    verify: { ...verify, tables: findingsOf(verify) },
    repair: { ...repair, tables: repair.tables.map((table) => table.repair ?? 'nothing') },
    liveRows: written,
    problems: problems.slice(0, 10),
    correct: problems.length === 0,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = result.correct ? 0 : 1;
} finally {
  await opened?.close();
  await client.connection.close();
  await place.close();
}

function findingsOf({ tables: reports }: Pick<VerifyAnswer, 'tables'>): Record<string, Found> {
  return Object.fromEntries(
    reports.map(({ table, missing, surplus, different }) => [table, { missing, surplus, different }]),
  );
}

function sameFindings(answer: Pick<VerifyAnswer, 'tables'>, expected: Record<string, Found>): boolean {
  const found = findingsOf(answer);
  return tables.every((table) => JSON.stringify(found[table]) === JSON.stringify(expected[table]));
}
