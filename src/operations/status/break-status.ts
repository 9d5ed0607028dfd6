import type { MysqlAddress } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import type { History } from '../../metadata/history/read-history.ts';
import { jumpsOf, unreadFilesOf } from '../../metadata/position-jumps.ts';
import { maxwellBehind, readSourceBinlog } from '../../replica/binlog.ts';
import { findTable } from '../../pipelines/cdc/cdc.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import type { GapStatus } from './gap-status.ts';
import { readMended, type MendedAt } from './mended.ts';
import type { PartitionStatus } from './partition-status.ts';
import { skippedBreaks } from './skipped-status.ts';

/** Something that may have cost changes, though no offset is missing in the audit trail. */
export interface BreakStatus {
  /**
   * 'epoch': a topic was made again. 'retention': records were removed before they were read. 'jump': the binlog went
   * back, or is another one. 'unread': files of it may have been purged before they were read. 'skipped': Maxwell
   * began anew behind what it had not read.
   */
  readonly kind: 'epoch' | 'retention' | 'jump' | 'unread' | 'skipped';
  /** Null: all of the source. */
  readonly topic: string | null;
  /** When it was noticed; null: now. */
  readonly at: Date | null;
  readonly what: string;
  readonly remedy: string;
}

/** What the sender alone can mend is shown for so long: no command would make it go. */
const shownMs = 7 * 86_400_000;

/** The breaks of a pipeline that nothing has mended yet, each with the command that does. */
export async function readBreaks(
  pipeline: Pipeline,
  database: Database,
  history: History,
  source: MysqlAddress,
  partitions: readonly PartitionStatus[],
  gaps: readonly GapStatus[],
): Promise<BreakStatus[]> {
  const mendedAt = pipeline.kind === 'tables' ? null : await readMended(database);
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const found = [
    ...retentionBreaks(pipeline, partitions, gaps),
    ...(await epochBreaks(pipeline, database, topics)),
    ...(mendedAt === null ? [] : await binlogBreaks(database, history, source, topics)),
  ];
  return found.filter((each) => !isMended(each, mendedAt, topics));
}

function isMended({ at, topic }: BreakStatus, mendedAt: MendedAt | null, topics: readonly string[]): boolean {
  if (at === null) return false;
  if (mendedAt === null) return Date.now() - at.getTime() > shownMs;
  const concerned = topic === null ? topics.filter((each) => mendedAt(each) > 0) : [topic];
  return concerned.length > 0 && concerned.every((each) => mendedAt(each) > at.getTime());
}

/** The consumer records them as a gap once it is there; until then nobody would tell. */
export function retentionBreaks(
  pipeline: Pipeline,
  partitions: readonly PartitionStatus[],
  gaps: readonly GapStatus[],
): BreakStatus[] {
  return partitions.flatMap(({ topic, partition, start, committed }) => {
    if (committed === null || committed >= start) return [];
    if (gaps.some((gap) => gap.topic === topic && gap.partition === partition && gap.last === start - 1))
      return [];
    const what = `Offsets ${committed}–${start - 1} of ${topic}/${partition} were removed by Kafka before they were read`;
    return [{ kind: 'retention', topic, at: null, what, remedy: reading(pipeline, topic) }] as const;
  });
}

async function epochBreaks(
  pipeline: Pipeline,
  database: Database,
  topics: readonly string[],
): Promise<BreakStatus[]> {
  const rows = await database.etlTopicEpoch.findMany({
    where: { topic: { in: [...topics] } },
    orderBy: [{ topic: 'asc' }, { epoch: 'asc' }],
  });
  return rows.flatMap(({ topic, epoch, topicId, detectedAt }, index): BreakStatus[] => {
    const before = rows[index - 1];
    if (before?.topic !== topic || rows[index + 1]?.topic === topic) return [];
    const how = before.topicId === topicId ? 'had its log cut off' : 'was made again';
    const what = `${topic} ${how} (epoch ${epoch}): the unread records of epoch ${before.epoch} are gone`;
    return [{ kind: 'epoch', topic, at: detectedAt, what, remedy: reading(pipeline, topic) }];
  });
}

async function binlogBreaks(
  database: Database,
  history: History,
  source: MysqlAddress,
  topics: readonly string[],
): Promise<BreakStatus[]> {
  const binlog = await readSourceBinlog(source);
  const last = binlog?.files.at(-1);
  const skipped =
    last === undefined ? [] : await skippedBreaks(database, source, `${last.name}:${last.bytes}`);
  const behind = binlog === null ? null : await maxwellBehind(source, binlog);
  const seconds = binlog?.keptSeconds ?? null;
  const unread = seconds === null ? [] : unreadFilesOf(history, seconds);
  return [
    ...skipped,
    ...jumpsOf(history)
      .filter(({ topic }) => topics.includes(topic))
      .map(({ topic, partition, offset, from, to, at }): BreakStatus => {
        const what = `The binlog went from ${from} to ${to} at offset ${offset} of ${topic}/${partition}: the source was reset, restored, or is another server`;
        return { kind: 'jump', topic, at, what, remedy: verifying(topic) };
      }),
    ...unread.map(({ from, to, at }): BreakStatus => {
      const what = `Alir received no change between ${from} and ${to} for as long as the source keeps its binlog: the source may have purged unread changes`;
      return { kind: 'unread', topic: null, at, what, remedy: 'alir verify --repair' };
    }),
    ...(behind === null
      ? []
      : [{ kind: 'unread', topic: null, at: null, what: behind, remedy: fromThePresent } as const]),
  ];
}

const fromThePresent = 'alir maxwell recover (docs/guide/maxwell-recover.md), then: alir verify';

function verifying(topic: string): string {
  return `alir verify --table ${findTable(topic)?.table ?? topic} --repair`;
}

function reading({ kind }: Pipeline, topic: string): string {
  const table = kind === 'tables' ? null : findTable(topic);
  if (table === null) return 'They are no longer in Kafka: have the sender send them again.';
  return `alir replica reload ${table.table} --wait`;
}
