import type { Logger } from '../../observability/logger.ts';
import type { SourceRecord } from '../../pipelines/record.ts';
import type { BatchCache } from '../batch-cache.ts';
import type { PartitionFlow } from './partition-flow.ts';
import type { BatchRunner, GroupLimits } from './types.ts';

/** What a session does for its partitions. */
export interface FlowHost {
  readonly limits: GroupLimits;
  readonly runner: BatchRunner;
  readonly cache: BatchCache<readonly SourceRecord[]>;
  readonly logger: Logger;
  /** Bytes that a queue may hold. */
  queueBytes(): number;
  pause(flow: PartitionFlow): void;
  resume(flow: PartitionFlow): void;
  seek(flow: PartitionFlow, position: number): void;
  /** Whether the topic is still the one of the flow; when not, the session ends. Waits out an outage. */
  topicUnchanged(flow: PartitionFlow): Promise<boolean>;
  /** One attempt, for the generation of the moment. */
  commit(flow: PartitionFlow, position: number): Promise<void>;
  /** Ends the session: the next one finds every position anew. */
  end(why: string): void;
}

export interface FlowStart {
  readonly topic: string;
  readonly topicId: string;
  readonly epoch: number;
  readonly partition: number;
  readonly position: number;
  /** What the group has committed; null: nothing. */
  readonly committed: number | null;
}
