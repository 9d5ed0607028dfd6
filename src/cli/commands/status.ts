import Table from 'cli-table3';
import { Command } from 'commander';
import { loadConfig, type Config } from '../../config/load-config.ts';
import { sumCounts, type BatchSums } from '../../database/batches.ts';
import { openDatabase, type Database } from '../../database/connection.ts';
import { countDeadLetters } from '../../database/dead-letters.ts';
import { assertMigrated } from '../../database/migrate.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { committedOffsets } from '../../kafka/committed-offsets.ts';
import { describeTopics } from '../../kafka/topics.ts';
import { loadedOf } from '../../pipelines/counts.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import { pipelines } from '../../pipelines/registry.ts';
import { count, print, printJson } from '../output.ts';

interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** Null: the group has committed nothing yet. */
  readonly committed: number | null;
  /** Records that wait. */
  readonly lag: number;
}

interface PipelineStatus extends BatchSums {
  readonly pipeline: string;
  readonly group: string;
  readonly loaded: number;
  readonly missingTopics: readonly string[];
  readonly partitions: readonly PartitionStatus[];
  readonly deadLetters: Readonly<Record<string, number>>;
}

/** `alir status`: what was loaded, what waits, what is dead. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show per pipeline what was loaded, what waits and what is dead')
    .option('--json', 'one line of JSON')
    .action(async (flags: { json?: boolean }) => {
      const statuses = await readStatus(loadConfig());
      if (flags.json) printJson({ pipelines: statuses });
      else statuses.forEach(printStatus);
    });
}

async function readStatus(config: Config): Promise<PipelineStatus[]> {
  await assertMigrated(config.target);
  const brokers = new Brokers(config);
  const database = openDatabase(config.target, { poolSize: 2 });
  try {
    return await Promise.all(pipelines.map((pipeline) => statusOf(pipeline, brokers, database)));
  } finally {
    await brokers.close();
    await database.$disconnect();
  }
}

async function statusOf(pipeline: Pipeline, brokers: Brokers, database: Database): Promise<PipelineStatus> {
  const topics = await describeTopics(brokers, pipeline.topics);
  const numbers = new Map(
    topics.map(({ name, partitions }) => [name, partitions.map(({ partition }) => partition)]),
  );
  const committed = await committedOffsets(brokers, pipeline.group, numbers);
  const sums = await sumCounts(database, pipeline.name);
  const letters = await countDeadLetters(database, pipeline.name);
  return {
    pipeline: pipeline.name,
    group: pipeline.group,
    ...sums,
    loaded: loadedOf(sums.counts),
    missingTopics: topics.filter(({ exists }) => !exists).map(({ name }) => name),
    partitions: topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, start, end }) => {
        const position = committed.get(`${name}/${partition}`)?.offset ?? null;
        return {
          topic: name,
          partition,
          start,
          end,
          committed: position,
          lag: Math.max(0, end - (position ?? start)),
        };
      }),
    ),
    deadLetters: Object.fromEntries(letters.map(({ code, count: open }) => [code, open])),
  };
}

function printStatus(status: PipelineStatus): void {
  const { counts, batches, gaps } = status;
  print(`Pipeline ${status.pipeline} (group ${status.group})`);
  print(
    `  ${count(counts.rows)} records in ${count(batches)} batches: ${count(status.loaded)} loaded ` +
      `(${count(counts.inserted)} inserted, ${count(counts.updated)} updated, ${count(counts.deleted)} deleted, ` +
      `${count(counts.unchanged)} unchanged, ${count(counts.stale)} stale, ${count(counts.superseded)} superseded), ` +
      `${count(counts.ignored)} ignored, ${count(counts.deadLettered)} dead letters`,
  );
  if (gaps > 0)
    print(`  ${count(gaps)} gaps: offsets that were gone before they were read (etl_batches, kind 'gap')`);
  const table = new Table({
    head: ['topic', 'partition', 'log start', 'committed', 'end', 'lag'],
    style: { head: [], border: [] },
  });
  for (const { topic, partition, start, committed, end, lag } of status.partitions)
    table.push([topic, partition, start, committed ?? 'none', end, count(lag)]);
  print(table.toString());
  for (const topic of status.missingTopics) print(`  ${topic} does not exist yet; it is read once it does.`);
  for (const [code, letters] of Object.entries(status.deadLetters))
    print(`  ${count(letters)} open dead letters: ${code}`);
  print();
}
