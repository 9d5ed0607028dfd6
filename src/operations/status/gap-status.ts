import { gapsOf, type AuditGap } from '../../metadata/audit-gaps.ts';
import type { Database } from '../../mysql/connection.ts';
import type { History } from '../../metadata/history/read-history.ts';
import { cdc, findTable } from '../../pipelines/cdc/cdc.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import { readMended } from './mended.ts';
import type { PartitionStatus } from './partition-status.ts';

/** A stretch of offsets that was not processed, and what to do. */
export interface GapStatus extends AuditGap {
  readonly remedy: string;
}

/** The gaps of a pipeline that are still there, each with the command that mends it. */
export async function readGaps(
  pipeline: Pipeline,
  database: Database,
  history: History,
  partitions: readonly PartitionStatus[],
): Promise<GapStatus[]> {
  const gaps = gapsOf(history);
  if (gaps.length === 0) return [];
  const epochs = await database.etlTopicEpoch.groupBy({ by: ['topic'], _max: { epoch: true } });
  const current = new Map(epochs.map(({ topic, _max }) => [topic, _max.epoch]));
  const mendedAt = pipeline.kind === 'replica' ? await readMended(database) : () => 0;
  return gaps
    .filter((gap) => mendedAt(gap.topic) <= gap.notedAt.getTime())
    .map((gap) => {
      const log = partitions.find(
        ({ topic, partition }) => topic === gap.topic && partition === gap.partition,
      );
      const isInKafka =
        log !== undefined &&
        current.get(gap.topic) === gap.epoch &&
        log.start <= gap.first &&
        gap.last < log.end;
      return { ...gap, remedy: remedyOf(gap, isInKafka) };
    });
}

/** The command that mends a gap, or who can. */
export function remedyOf(gap: AuditGap, isInKafka: boolean): string {
  const source = gap.pipeline === cdc.name ? findTable(gap.topic) : null;
  if (isInKafka) {
    const table = source === null ? '' : ` --table ${source.table}`;
    return (
      `alir backfill run --pipeline ${gap.pipeline}${table} --partition ${gap.partition} ` +
      `--from-offset ${gap.first} --to-offset ${gap.last} --wait`
    );
  }
  if (source !== null) return `alir replica reload ${source.table} --wait`;
  return 'They are no longer in Kafka: have the sender send them again.';
}
