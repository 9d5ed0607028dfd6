import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKafkaJs } from '../../../src/kafka/kafkajs-client.ts';
import { describeTopics } from '../../../src/kafka/topics.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { cdc } from '../../../src/pipelines/cdc/cdc.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import type { CdcPlace } from '../../support/cdc-place.ts';
import type { History, Stream } from './history.ts';

/**
 * Makes the topics of a past, empty and with the offsets that it would have left: as after retention has removed
 * everything. Only while they are empty: the segment of a partition gets another name, and with it another beginning.
 *
 * @returns the topics' ids by name
 */
export async function ageLog(place: CdcPlace, history: History): Promise<Map<string, string>> {
  const names = [...new Set(history.streams.map(({ topic }) => topic))];
  const admin = createKafkaJs(place.config, createLogger('silent')).admin();
  await admin.connect();
  const existing = new Set(await admin.listTopics());
  const missing = names.filter((name) => !existing.has(name)).map((topic) => ({ topic, numPartitions: 1 }));
  if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true });
  await admin.disconnect();
  // It would give up on a broker that is away for so long.
  await place.stack.stop('maxwell');
  await place.stack.stop('kafka');
  const data = join(place.stack.files.data('kafka'), 'data');
  for (const stream of history.streams) beginAt(data, stream, history.endOf(stream));
  for (const file of checkpoints) rmSync(join(data, file), { force: true });
  await place.stack.start('kafka');
  await place.stack.start('maxwell');
  const topics = await describeTopics(place.brokers, names);
  await commitAll(place, topics);
  return new Map(topics.map(({ name, id }) => [name, id]));
}

/** What the broker remembers of offsets beside the logs; it finds them anew. */
const checkpoints = [
  'log-start-offset-checkpoint',
  'recovery-point-offset-checkpoint',
  'replication-offset-checkpoint',
  'cleaner-offset-checkpoint',
  '.kafka_cleanshutdown',
];

function beginAt(data: string, { topic, partition }: Stream, offset: number): void {
  const folder = join(data, `${topic}-${partition}`);
  const log = '0'.repeat(20);
  if (readFileSync(join(folder, `${log}.log`)).length > 0) throw new Error(`${topic} is not empty`);
  renameSync(join(folder, `${log}.log`), join(folder, `${String(offset).padStart(20, '0')}.log`));
  for (const name of readdirSync(folder))
    if (/\.(?:index|timeindex|snapshot)$/.test(name)) rmSync(join(folder, name));
  writeFileSync(join(folder, 'leader-epoch-checkpoint'), '0\n0\n');
}

/** The groups stand at the ends, as they do where nothing waits. */
async function commitAll(
  { brokers }: CdcPlace,
  topics: Awaited<ReturnType<typeof describeTopics>>,
): Promise<void> {
  for (const { group, topics: own } of [orders, cdc]) {
    const offsets = topics
      .filter(({ name }) => (own.length > 0 ? own.includes(name) : name.startsWith('producer.')))
      .map(({ name, id, partitions }) => ({
        name,
        partitions: partitions.map(({ partition, end }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(end),
          committedLeaderEpoch: -1,
          committedMetadata: id,
        })),
      }));
    for (let attempt = 1; ; attempt += 1) {
      try {
        const found = await brokers.call('Finding the coordinator', (connection, { findCoordinatorV4 }) =>
          findCoordinatorV4.api.async(connection, 0, [group]),
        );
        await brokers.call(
          'Committing',
          (connection, { offsetCommitV8 }) =>
            offsetCommitV8.api.async(connection, group, -1, '', null, offsets),
          found.coordinators[0],
        );
        break;
      } catch (error) {
        if (attempt === 60) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500)); // the groups' own topic comes with the first of them
      }
    }
  }
}
