import type { Database } from '../mysql/connection.ts';

/** One life of a topic: from its creation (or the loss of its log) until the next. */
export interface TopicEpoch {
  readonly epoch: number;
  readonly topicId: string;
  /** Partitions that the topic had when the epoch began. */
  readonly partitions: number;
  /** Log start of each of them then. */
  readonly firstOffsets: readonly number[];
}

/** Reads and begins epochs; every process that consumes a topic uses it at the same time. */
export interface DatabaseEpochStore {
  /** The newest epoch of a topic, or null for a topic that was never seen. */
  current(topic: string): Promise<TopicEpoch | null>;
  /** The newest epochs of topics, in one query; a topic that was never seen is left out. */
  currentOf(topics: readonly string[]): Promise<ReadonlyMap<string, TopicEpoch>>;
  /**
   * Begins the epoch after `replaces` (null: the topic's first, number 1) and returns its number. When somebody else
   * has begun one meanwhile, changes nothing and returns the current one's number.
   */
  begin(
    topic: string,
    next: Omit<TopicEpoch, 'epoch'> & { readonly replaces: number | null },
  ): Promise<number>;
}

export function createEpochStore(database: Database): DatabaseEpochStore {
  return {
    async current(topic) {
      const row = await database.etlTopicEpoch.findFirst({ where: { topic }, orderBy: { epoch: 'desc' } });
      if (row === null) return null;
      const { epoch, topicId, partitions, firstOffsets } = row;
      return { epoch, topicId, partitions, firstOffsets: firstOffsets as number[] };
    },

    async currentOf(topics) {
      const rows = await database.etlTopicEpoch.findMany({ where: { topic: { in: [...topics] } } });
      const newest = new Map<string, TopicEpoch>();
      for (const { topic, epoch, topicId, partitions, firstOffsets } of rows)
        if (epoch > (newest.get(topic)?.epoch ?? 0))
          newest.set(topic, { epoch, topicId, partitions, firstOffsets: firstOffsets as number[] });
      return newest;
    },

    async begin(topic, { topicId, partitions, firstOffsets, replaces }) {
      // Epochs have no holes, so the primary key decides a race: the second one finds the number taken.
      await database.$executeRawUnsafe(
        'INSERT INTO etl_topic_epochs (topic, epoch, topic_id, partitions, first_offsets, detected_at) ' +
          'VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE epoch = etl_topic_epochs.epoch',
        topic,
        (replaces ?? 0) + 1,
        topicId,
        partitions,
        JSON.stringify(firstOffsets),
      );
      const { _max: newest } = await database.etlTopicEpoch.aggregate({
        where: { topic },
        _max: { epoch: true },
      });
      return newest.epoch ?? (replaces ?? 0) + 1;
    },
  };
}
