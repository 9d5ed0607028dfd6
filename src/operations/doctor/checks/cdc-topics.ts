import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import { plural } from '../../../errors/sentences.ts';
import type { DoctorContext } from '../context.ts';
import { quoteName } from '../../../cdc/schema/quote.ts';

export interface CdcTopicFacts {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: number;
    /** When Alir began with it; null: it has not, or its tables cannot be read. */
    readonly partitionsAtFirst?: number | null;
  }[];
  /** Partitions of a topic that the brokers make by themselves; null: they make none, or do not say. */
  readonly ofNewTopics: number | null;
  /** Replicas with changes of a key that left the row with the former key. */
  readonly keysLeft?: readonly { readonly table: string; readonly count: number }[];
}

/** One table has one order of changes, and a topic keeps an order within a partition only. */
export const cdcTopics: Check = {
  name: 'topics of tables',
  area: 'Kafka',
  needs: ['kafka'],
  async run(context) {
    const { kafka, config } = context;
    const prefix = `producer.${config.source.database}.`;
    const names = (await kafka.topicNames()).filter(
      (name) => name.startsWith(prefix) && !name.endsWith('.dlq'),
    );
    const topics = names.length > 0 ? await kafka.topics(names.sort()) : [];
    const ofNewTopics = await kafka.partitionsOfNewTopics().catch(() => null); // not everyone may see it
    const { atFirst, keysLeft } = await readTarget(context);
    return judgeCdcTopics({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        partitionsAtFirst: atFirst.get(name) ?? null,
      })),
      ofNewTopics,
      keysLeft,
    });
  },
};

interface TargetFacts {
  readonly atFirst: ReadonlyMap<string, number>;
  readonly keysLeft: NonNullable<CdcTopicFacts['keysLeft']>;
}

async function readTarget({ target, config }: DoctorContext): Promise<TargetFacts> {
  const database = quoteName(config.target.database);
  try {
    const epochs = await target.query<{ topic: string; partitions: number }>(
      `SELECT topic, partitions FROM ${database}.etl_topic_epochs ORDER BY epoch`,
    );
    const left = await target.query<{ name: string; count: number | bigint }>(
      `SELECT target_table AS name, keys_left AS count FROM ${database}.etl_targets WHERE keys_left > 0 ORDER BY target_table`,
    );
    return {
      atFirst: new Map(epochs.map(({ topic, partitions }) => [topic, partitions])),
      keysLeft: left.map(({ name, count }) => ({ table: name, count: Number(count) })),
    };
  } catch {
    // That the target is away, or has no tables yet, is told by the checks of the target.
    return { atFirst: new Map(), keysLeft: [] };
  }
}

export function judgeCdcTopics({ topics, ofNewTopics, keysLeft = [] }: CdcTopicFacts): Finding[] {
  const several = topics.filter(({ partitions }) => partitions !== 1);
  const findings: Finding[] = several.map(({ name, partitions, partitionsAtFirst }) =>
    partitionsAtFirst && partitionsAtFirst < partitions
      ? problem({
          found: `${name} has ${plural(partitions, 'partition')}, and had ${partitionsAtFirst} at first.`,
          means:
            'Keys have moved to other partitions, whose offsets start at 0: their changes look old. Alir holds the added partitions back.',
          todo: 'Stop Maxwell and Alir, delete the topic and create it again, then drop the replica table.',
        })
      : warning({
          found: `${name} has ${plural(partitions, 'partition')}.`,
          means:
            'It must be partitioned by primary key. When a key changes, the row with the former key stays; when Alir reads the table again, some of its rows stay as they are.',
          todo: 'Stop Maxwell and Alir, create the topic again with one partition, then load the table again (docs/guide/cdc.md).',
        }),
  );
  for (const { table, count } of keysLeft) {
    findings.push(
      warning({
        found: `${table}: ${plural(count, 'change')} of a key left the row with the former key.`,
        means: 'The replica may have rows that the source no longer has.',
        todo: 'Compare the table with its source, and delete the rows that are only in the replica.',
      }),
    );
  }
  if (ofNewTopics !== null && ofNewTopics !== 1) {
    findings.push(
      warning({
        found: `The broker creates new topics with ${plural(ofNewTopics, 'partition')} (num.partitions).`,
        means: 'The topic of a new table would lose the order of its changes.',
        todo: 'Set num.partitions=1 on the broker, or create the topic of each table in advance with one partition.',
      }),
    );
  }
  if (topics.length === 0) findings.push(skipped('No table has a topic yet.'));
  else if (several.length === 0)
    findings.push(ok(`${plural(topics.length, 'topic')} of tables, each with one partition.`));
  return findings;
}
