import { ok, plural, problem, skipped, warning, type Check, type Finding } from '../check.ts';

export interface CdcTopicFacts {
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  /** Partitions of a topic that the brokers make by themselves; null: they make none, or do not say. */
  readonly ofNewTopics: number | null;
}

/** One table has one order of changes, and a topic keeps an order within a partition only. */
export const cdcTopics: Check = {
  name: 'topics of tables',
  area: 'Kafka',
  needs: ['kafka'],
  async run({ kafka, config }) {
    const prefix = `producer.${config.source.database}.`;
    const names = (await kafka.topicNames()).filter(
      (name) => name.startsWith(prefix) && !name.endsWith('.dlq'),
    );
    const topics = names.length > 0 ? await kafka.topics(names.sort()) : [];
    const ofNewTopics = await kafka.partitionsOfNewTopics().catch(() => null); // not everyone may see it
    return judgeCdcTopics({
      topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.length })),
      ofNewTopics,
    });
  },
};

export function judgeCdcTopics({ topics, ofNewTopics }: CdcTopicFacts): Finding[] {
  const wrong = topics.filter(({ partitions }) => partitions !== 1);
  const findings: Finding[] = wrong.map(({ name, partitions }) =>
    problem({
      found: `${name} has ${plural(partitions, 'partition')}.`,
      means:
        'Changes of one table can overtake each other: a new key, a delete or a bootstrap may be applied in the wrong order.',
      todo: 'Make the topic again with one partition while Maxwell and Alir are stopped, then load the table again.',
    }),
  );
  if (ofNewTopics !== null && ofNewTopics !== 1) {
    findings.push(
      warning({
        found: `The broker makes new topics with ${plural(ofNewTopics, 'partition')} (num.partitions).`,
        means: 'The topic of a new table would lose the order of its changes.',
        todo: 'Set num.partitions=1 at the broker, or make the topic of each table beforehand with one partition.',
      }),
    );
  }
  if (topics.length === 0) findings.push(skipped('No table has a topic yet.'));
  else if (wrong.length === 0)
    findings.push(ok(`${plural(topics.length, 'topic')} of tables, each with one partition.`));
  return findings;
}
