/**
 * Alir's backfill beside Kafka Connect with Debezium's JDBC sink, tuned, on the same servers in the same run:
 * npm run bench:peer [-- --rows N] [--rounds N] [--seed N] [--no-build] [--json].
 *
 * N changes go through the source's binlog and real Maxwell to the topics of five tables. Then each of the two, by
 * turns, puts all of them into empty tables, from those topics, in a process of its own that has just started. Connect
 * is timed from its first row to its last, so that its first transactions cost it nothing; Alir from the start of the
 * backfill's workflow to its end, while applications write to the source and what they write arrives. Every table is
 * compared with the source in SQL after each turn. The last line is JSON with every turn and the medians; 1 if not
 * correct.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { endsOf } from '../../src/lab/demo/input-window.ts';
import { untilMaxwellHasPassed } from '../../src/lab/demo/replica-caught-up.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { committedOffsets } from '../../src/kafka/committed-offsets.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { differences } from '../cdc/compare.ts';
import { fromBuild, imageEnvironment, startAlir } from '../support/alir-process.ts';
import { startCdcPlace } from '../support/cdc-place.ts';
import { Commands } from './backfill-commands.ts';
import { LiveWriter } from './backfill-live.ts';
import { createTables, fillTables, rowsOf, tableColumns, tables } from './backfill-tables.ts';
import { serverProcesses, watchUsage, type Usage } from './backfill-usage.ts';
import { obtainConnect, peerDatabase, startConnect } from './peer/connect.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    /** Takes dist/ as it is. */
    'no-build': { type: 'boolean', default: false },
    /** The last line alone. */
    json: { type: 'boolean', default: false },
  },
});
const changesOfTable = Math.round(Number(values.rows) / tables.length);
const rows = changesOfTable * tables.length;
const seed = Number(values.seed);
const lookEveryMs = 50;
const say = (line: string): void => void (values.json || process.stderr.write(`${line}\n`));
const problems: string[] = [];

interface Turn extends Usage {
  readonly rowsPerSecond: number;
}

if (!values['no-build']) await execa('npm', ['run', 'build'], { cwd: projectRoot, stdio: ['ignore', 2, 2] });
const classPath = await obtainConnect((text) => say(`connect: ${text}`));
const place = await startCdcPlace({ report: ({ service, text }) => say(`${service}: ${text}`) });
const client = await connectTemporal(place.config);
const anyDatabase = { ...place.config.target, database: '' };
const inTarget = <Row>(sql: string) =>
  withConnection(anyDatabase, (connection) => connection.query<Row[]>(sql));
const servers = serverProcesses(place.stack);
try {
  await createTables(place);
  await inTarget(`CREATE DATABASE ${peerDatabase}`);
  for (const table of tables) await inTarget(`CREATE TABLE ${peerDatabase}.${table} (${tableColumns})`);
  // Tables are loaded at first sight: those of the replica are made and known before there is anything in them.
  const first = await startAlir('run', { ...place.environment, ...imageEnvironment }, fromBuild);
  await place.caughtUp();
  say(`Making ${changesOfTable} changes in each of ${tables.length} tables`);
  await fillTables(place, changesOfTable, seed);
  await untilMaxwellHasPassed(place.config, 600_000);
  await place.caughtUp(600_000);
  await first.end();

  const connect: Turn[] = [];
  const alir: (Turn & { p50: number; p95: number })[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    connect.push(await turnOfConnect(round));
    say(`${round} connect: ${JSON.stringify(connect.at(-1))}`);
    alir.push(await turnOfAlir(round));
    say(`${round} alir: ${JSON.stringify(alir.at(-1))}`);
  }
  const rates = { connect: median(connect, 'rowsPerSecond'), alir: median(alir, 'rowsPerSecond') };
  const result = {
    rows,
    rowsPerSecond: rates,
    ratio: Number((rates.alir / rates.connect).toFixed(2)),
    p95: median(alir, 'p95'),
    peakRssMb: { connect: median(connect, 'peakRssMb'), alir: median(alir, 'peakRssMb') },
    turns: { connect, alir },
    problems: problems.slice(0, 10),
    correct: problems.length === 0,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = result.correct ? 0 : 1;
} finally {
  await client.connection.close();
  await place.close();
}

async function turnOfConnect(round: number): Promise<Turn> {
  for (const table of tables) await inTarget(`TRUNCATE TABLE ${peerDatabase}.${table}`);
  const folder = mkdtempSync(join(tmpdir(), 'alir-peer-'));
  const ends = await endsOf(
    place.brokers,
    tables.map((table) => `producer.app_producer.${table}`),
  );
  // Topics of Maxwell have one partition here.
  const partitions = new Map([...ends.keys()].map((key) => [key.slice(0, key.lastIndexOf('/')), [0]]));
  const worker = await startConnect(place.config, classPath, folder, `peer-${round}`, tables);
  try {
    const until = async (isThere: () => Promise<boolean>): Promise<void> => {
      while (!(await isThere())) {
        if (worker.hasEnded())
          throw new Error(
            `Kafka Connect has ended: ${readFileSync(join(folder, 'connect.log'), 'utf8').slice(-2000)}`,
          );
        await delay(lookEveryMs);
      }
    };
    const anyRow = tables.map((table) => `(SELECT 1 FROM ${peerDatabase}.${table} LIMIT 1)`).join(' UNION ');
    await until(async () => (await inTarget(anyRow)).length > 0);
    const watching = watchUsage({ connect: worker.pid, ...servers });
    await until(async () => {
      const done = await committedOffsets(place.brokers, `connect-peer-${round}`, partitions);
      return [...ends].every(([key, end]) => (done.get(key)?.offset ?? 0) >= end);
    });
    const usage = watching();
    await compare('connect', peerDatabase);
    return { ...usage, rowsPerSecond: Math.round(rows / usage.seconds) };
  } finally {
    await worker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function turnOfAlir(round: number): Promise<Turn & { p50: number; p95: number }> {
  await place.inReplica(...tables.map((table) => `TRUNCATE TABLE ${table}`));
  const alir = await startAlir('run', { ...place.environment, ...imageEnvironment }, fromBuild);
  const live = await LiveWriter.start(place, rowsOf(changesOfTable), seed, round * 1_000_000);
  try {
    await live.begun();
    live.latency();
    const watching = watchUsage({ alir: alir.pid, ...servers });
    const { seconds, counts } = await new Commands(place.environment, client).backfill('--via', 'kafka');
    const usage = watching();
    const { p50, p95 } = live.latency();
    const missed = await live.stop(() => place.caughtUp(600_000));
    problems.push(...missed);
    if (counts.inserted < rowsOf(changesOfTable) * tables.length)
      problems.push(`alir: ${counts.inserted} rows inserted`);
    await compare('alir', place.config.settings.MYSQL_REPLICA_DATABASE);
    return { ...usage, seconds, rowsPerSecond: Math.round(rows / seconds), p50, p95 };
  } finally {
    await live.close();
    await alir.end();
  }
}

async function compare(whose: string, database: string): Promise<void> {
  const found = await withConnection(anyDatabase, (connection) =>
    differences(connection, place.config.source.database, database),
  );
  const ofTables = found.filter((line) => tables.some((table) => line.startsWith(table)));
  problems.push(...ofTables.map((line) => `${whose}: ${line}`));
}

function median<Name extends string>(turns: readonly Readonly<Record<Name, number>>[], name: Name): number {
  const sorted = turns.map((turn) => turn[name]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
