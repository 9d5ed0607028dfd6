/**
 * What a year leaves behind must not cost: npm run bench:aged [-- --batches N] [--fences N] [--letters N]
 * [--open-letters N] [--backfills N] [--tables N] [--rounds N] [--limit S] [--no-build] [--slow FILE] [--json].
 *
 * Two stacks of real servers with the same settings, one new, the other such as a year leaves it (made by SQL). By
 * turns, Alir is started on each and asked for everything that people and machines ask of it; each must take no more
 * than twice as long on the old one. The last line is JSON, milliseconds; exit code 1 where one takes longer or an
 * answer is wrong. A year of four batches a second: --batches 126000000, for which there must be 60 GB and an hour.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { projectRoot } from '../../src/config/project-root.ts';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import type { PipelineStatus } from '../../src/operations/status/pipeline-status.ts';
import { startCdcPlace, type CdcPlace } from '../support/cdc-place.ts';
import { age } from './aged/age.ts';
import { type History, offsetsOfBatch } from './aged/history.ts';
import { measured, median, Subject, type Times } from './aged/measure.ts';

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '2000000' },
    fences: { type: 'string', default: '1000000' },
    letters: { type: 'string', default: '1000000' },
    'open-letters': { type: 'string', default: '200000' },
    backfills: { type: 'string', default: '1000' },
    tables: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    /** Seconds after which whatever does not end is given up. */
    limit: { type: 'string', default: '120' },
    /** Takes dist/ as it is. */
    'no-build': { type: 'boolean', default: false },
    /** Where to leave the old server's log of slow queries (above 50 ms). */
    slow: { type: 'string' },
    /** The last line alone. */
    json: { type: 'boolean', default: false },
  },
});
const sizes = {
  batches: Number(values.batches),
  fences: Number(values.fences),
  letters: Math.min(Number(values.letters), Number(values.batches)),
  openLetters: Number(values['open-letters']),
  backfills: Number(values.backfills),
  tables: Number(values.tables),
};
/** How often each is measured; the median counts. */
const rounds = Number(values.rounds);
const limitMs = Number(values.limit) * 1000;
const say = (line: string): void => void (values.json || process.stderr.write(`${line}\n`));
const problems: string[] = [];

if (!values['no-build']) await execa('npm', ['run', 'build'], { cwd: projectRoot, stdio: ['ignore', 2, 2] });
const places: CdcPlace[] = [];
const subjects: Subject[] = [];
try {
  for (const name of ['new', 'aged'] as const) {
    const place = await startCdcPlace({ report: ({ service, text }) => say(`${name}: ${service}: ${text}`) });
    places.push(place);
    await migrateSource(place.config.source, () => undefined);
    subjects.push(new Subject(name, place, limitMs));
  }
  const [, old] = places as [CdcPlace, CdcPlace];
  const history = await age(old, sizes, say);
  say(`innodb_buffer_pool_size of both: ${await bufferPool(old)} MB`);
  if (values.slow !== undefined) await logSlowQueries(old);

  // The first round warms up: it makes the replicas of the course's tables, and is not counted.
  const times: Record<'new' | 'aged', Times[]> = { new: [], aged: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const subject of subjects) {
      const taken = await subject.round();
      say(
        `${round === 0 ? 'warm-up' : `round ${round}`}, ${subject.name}: ${JSON.stringify(rounded(taken))}`,
      );
      if (round > 0) times[subject.name].push(taken);
    }
  }
  for (const problem of await wrongTotals(subjects[1]!, history)) problems.push(problem);

  const result = Object.fromEntries(
    measured.map((what) => [
      what,
      {
        new: median(times.new.map((each) => each[what])),
        aged: median(times.aged.map((each) => each[what])),
      },
    ]),
  );
  const slower = measured.filter((what) => result[what]!.aged > 2 * result[what]!.new);
  for (const problem of problems) say(`WRONG: ${problem}`);
  for (const what of slower) say(`MORE THAN TWICE: ${what}`);
  const correct = problems.length === 0;
  process.stdout.write(`${JSON.stringify({ ...result, sizes, slower, correct })}\n`);
  process.exitCode = correct && slower.length === 0 ? 0 : 1;
} finally {
  if (values.slow !== undefined && places[1])
    copyFileSync(join(places[1].stack.files.data('mysql'), 'slow.log'), values.slow);
  for (const subject of subjects) await subject.close();
  for (const place of places) await place.close();
}

/** What `alir status` says of the old database that is not what was put into it. */
async function wrongTotals(subject: Subject, history: History): Promise<string[]> {
  const seeded = await subject.seeded();
  const { pipelines } = (await subject.ask('status', '--json')) as { pipelines: PipelineStatus[] };
  return pipelines.flatMap(({ pipeline, counts, batches, auditGaps, breaks, deadLetters, tables }) => {
    if (counts === null || batches === null || auditGaps === null || breaks === null)
      return [`${pipeline}: a server is away`];
    const made = history.batchesOf(pipeline);
    const wrong = (what: string, found: number, expected: number): string[] =>
      found === expected ? [] : [`${pipeline}: ${found} ${what}, ${expected} were made`];
    const own = pipeline === 'orders' ? subject.orders + seeded : 0;
    const live = counts.rows - made * offsetsOfBatch;
    return [
      ...(pipeline === 'orders' ? wrong('orders', live, own) : []),
      ...(live < 0 ? [`${pipeline}: ${counts.rows} records`] : []),
      ...(batches < made ? [`${pipeline}: ${batches} batches`] : []),
      ...wrong('gaps', auditGaps.length + breaks.length, 0),
      ...(pipeline === 'cdc'
        ? wrong(
            'tables that are ready',
            tables?.filter(({ state }) => state === 'ready').length ?? 0,
            history.tables.length + 4,
          )
        : []),
      ...(Object.keys(deadLetters ?? {}).length === 0 ? [`${pipeline}: no dead letters`] : []),
    ];
  });
}

async function bufferPool({ config }: CdcPlace): Promise<number> {
  const [row] = await withConnection(config.target, (connection) =>
    connection.query<{ bytes: bigint | number }[]>('SELECT @@innodb_buffer_pool_size AS bytes'),
  );
  return Number(row?.bytes) / 1_048_576;
}

async function logSlowQueries({ config, stack }: CdcPlace): Promise<void> {
  await withConnection(
    { ...config.target, user: 'root', password: stack.secrets.root },
    async (connection) => {
      await connection.query('SET GLOBAL slow_query_log_file = ?', [
        join(stack.files.data('mysql'), 'slow.log'),
      ]);
      await connection.query('SET GLOBAL long_query_time = 0.05');
      await connection.query('SET GLOBAL slow_query_log = ON');
    },
  );
}

function rounded(times: Times): Times {
  return Object.fromEntries(Object.entries(times).map(([what, ms]) => [what, Math.round(ms)])) as Times;
}
