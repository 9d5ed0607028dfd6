import type { History } from './history/read-history.ts';

/** A place where the positions of the source's binlog do not go on as they should. */
export interface PositionJump {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the batch behind it. */
  readonly offset: number;
  /** Positions before and behind it, "file:offset". */
  readonly from: string;
  readonly to: string;
  /** When the batch behind it was committed. */
  readonly at: Date;
}

/** Files of the binlog of which no change was read. */
export interface UnreadFiles {
  readonly from: string;
  readonly to: string;
  /** When the first change behind them was applied. */
  readonly at: Date;
}

/**
 * Where the positions of a topic go back, or on in another binlog: the source was reset, restored, or is another server.
 * A Maxwell that is started again sends some changes twice; that is none, once it has come back to where it was.
 */
export function jumpsOf({ partitions }: History): PositionJump[] {
  return partitions
    .flatMap(({ place: { topic, partition }, jumps }) =>
      jumps.map(({ at, ...jump }) => ({ topic, partition, ...jump, at: new Date(at) })),
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/**
 * Files of the binlog between those of which changes were read, where so much time went by that the server may have
 * purged them before they were read. A server that is started again begins a file, so that one without changes is usual.
 *
 * @param keptSeconds how long the server keeps a file
 */
export function unreadFilesOf({ files }: History, keptSeconds: number): UnreadFiles[] {
  return files
    .flatMap(({ name, first }, index): UnreadFiles[] => {
      const before = files[index - 1];
      if (before?.name !== name || first.begun - before.last.ended < keptSeconds * 1000) return [];
      return [{ from: before.last.file, to: first.file, at: new Date(first.begun) }];
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}
