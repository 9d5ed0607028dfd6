import type { TopicDescription } from '../../../kafka/topics.ts';
import { deadLetterTopic } from '../../../pipelines/pipeline.ts';
import { pipelines } from '../../../pipelines/registry.ts';
import { ok, problem, warning, type Check, type Finding } from '../check.ts';
import { plural } from '../../../errors/sentences.ts';

export type TopicRole = 'source' | 'cdc' | 'ours';

/** The topics that pipelines read and write. */
export const topicsPresent: Check = {
  name: 'topics',
  area: 'Kafka',
  needs: ['kafka'],
  async run({ kafka }) {
    const roles = rolesOfTopics();
    const topics = await kafka.topics([...roles.keys()]);
    return topics.map((topic) => judgeTopic(topic, roles.get(topic.name) ?? 'ours'));
  },
};

function rolesOfTopics(): Map<string, TopicRole> {
  const roles = new Map<string, TopicRole>();
  for (const { topics, outputTopic } of pipelines) {
    for (const topic of topics) {
      roles.set(topic, topic.startsWith('producer.') ? 'cdc' : 'source');
      roles.set(deadLetterTopic(topic), 'ours');
    }
    if (outputTopic !== null) roles.set(outputTopic, 'ours');
  }
  return roles;
}

/** A source topic is never made by Alir; the topic of a table is made by Maxwell, and Alir's own by `alir run`. */
export function judgeTopic({ name, exists, partitions }: TopicDescription, role: TopicRole): Finding {
  const found = `${name} does not exist.`;
  if (exists) {
    const records = partitions.reduce((sum, { start, end }) => sum + end - start, 0);
    return ok(`${name}: ${plural(partitions.length, 'partition')}, up to ${plural(records, 'record')}.`);
  }
  if (role === 'source') {
    return problem({
      found,
      means:
        'Alir reads nothing from it, and never creates a topic that others write, so that a mistyped name is noticed.',
      todo: `Create it with as many partitions as batches may run in parallel (3 in the course), or send a first message.`,
    });
  }
  if (role === 'cdc') {
    return warning({
      found,
      means: 'Maxwell has not written a change of that table yet.',
      todo: 'Change a row of the table; if the topic does not appear, see the findings under Maxwell.',
    });
  }
  return warning({ found, means: 'A worker creates it when it starts.', todo: 'Run: alir run' });
}
