import type { CommittedOffset } from '../../../kafka/committed-offsets.ts';
import type { TopicDescription } from '../../../kafka/topics.ts';
import { pipelines } from '../../../pipelines/registry.ts';
import { plural } from '../../../errors/sentences.ts';
import { ok, problem, type Check, type Finding } from '../check.ts';

export interface GroupFacts {
  readonly group: string;
  readonly topics: readonly TopicDescription[];
  /** By `topic/partition`. */
  readonly committed: ReadonlyMap<string, CommittedOffset>;
  readonly members: number;
}

/** What waits for each pipeline's group, and whether somebody reads it. */
export const groupLag: Check = {
  name: 'consumer groups',
  area: 'Kafka',
  needs: ['kafka'],
  async run({ kafka }) {
    const findings = await Promise.all(
      pipelines.map(async ({ group, topics: named, topicPattern }) => {
        const matching = topicPattern
          ? (await kafka.topicNames()).filter((name) => topicPattern.test(name))
          : [];
        const topics = await kafka.topics([...new Set([...named, ...matching])]);
        const numbers = new Map(
          topics.map(({ name, partitions }) => [name, partitions.map((each) => each.partition)]),
        );
        const [committed, members] = await Promise.all([
          kafka.committed(group, numbers),
          kafka.members(group),
        ]);
        return judgeGroup({ group, topics, committed, members });
      }),
    );
    return findings.flat();
  },
};

export function judgeGroup({ group, topics, committed, members }: GroupFacts): Finding[] {
  const gone: string[] = [];
  let lag = 0;
  for (const { name, id, partitions } of topics) {
    for (const { partition, start, end } of partitions) {
      const position = committed.get(`${name}/${partition}`);
      // An offset that Alir committed for an earlier topic of the same name says nothing about this one.
      const counts =
        position && (position.metadata === '' || position.metadata === id) ? position.offset : null;
      if (counts !== null && counts < start)
        gone.push(`${plural(start - counts, 'offset')} of ${name}/${partition}`);
      lag += Math.max(0, end - Math.max(counts ?? start, start));
    }
  }
  const findings: Finding[] = [];
  if (gone.length > 0) {
    findings.push(
      problem({
        found: `Kafka removed ${gone.join(', ')} before ${group} read them.`,
        means: 'Alir continues after them and records a gap in etl_batches; these records are not loaded.',
        todo: 'Send or load the missing rows again, and make the topic keep its records longer (retention.ms).',
      }),
    );
  }
  const waiting = plural(lag, 'record waits', 'records wait');
  if (!topics.some(({ exists }) => exists))
    // A group without topics has no members either: Maxwell makes a topic with a table's first change.
    findings.push(ok(`Nothing waits for ${group}: none of its topics exists yet.`));
  else if (members > 0)
    findings.push(ok(`${waiting} for ${group}, which has ${plural(members, 'consumer')}.`));
  else {
    findings.push(
      problem({
        found: `${waiting} for ${group}, which has no consumer.`,
        means: 'Kafka keeps the records that arrive, but nothing loads them.',
        todo: 'Run: alir run',
      }),
    );
  }
  return findings;
}
