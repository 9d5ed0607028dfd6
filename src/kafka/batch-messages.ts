/** The messages that a batch publishes, with the headers that say where each comes from. */
import type { DeadLetter, EncodeMessage, TransformedRecord } from '../pipelines/packed-outcome.ts';
import type { Flag, RecordRange } from '../pipelines/range.ts';
import type { OutgoingMessage } from './producer.ts';
import { encodeContent, shareHeaders, type Header } from './wire/record-batch-writer.ts';

type PipelineRange = RecordRange & { readonly pipeline: string; readonly epoch: number };

/** Encodes the messages of a batch for its pipeline's output topic. All come from one partition: those headers are encoded once. */
export function encodeFor({
  range,
  flag,
}: {
  readonly range: PipelineRange;
  readonly flag: Flag;
}): EncodeMessage {
  const shared = shareHeaders({ ...rangeHeaders(range), 'alir-flag': flag });
  return ({ key, value, headers }, { offset }) =>
    encodeContent({ key, value, headers: { ...headers, 'alir-source-offset': String(offset) } }, shared);
}

/** The messages of the records that have one. */
export function* publications(rows: readonly TransformedRecord[]): Generator<OutgoingMessage> {
  for (const { record, outcome } of rows) {
    if (outcome.kind !== 'upsert' || !outcome.publication) continue;
    yield { ...outcome.publication, value: null, source: record };
  }
}

/** Above this a dead letter with its headers may not fit into its topic, and would hold its partition for ever. */
const largestRecord = 1_000_000;

/** A reader must be able to trust it wherever it stands, so a record's own header of this name is never kept. */
const omission = 'alir-value-omitted';

/**
 * The record as it came, with the reason and where it came from. Its own headers come first, all of them in their
 * order; one that is named like one of ours is left out. So are key and value of a record of nearly a megabyte, and
 * headers that are as large: etl_dead_letters has them.
 */
export function deadLetterMessage(
  range: PipelineRange,
  { record, code, reason }: DeadLetter,
): OutgoingMessage {
  const { key, value, size } = record;
  const isOmitted = size > largestRecord;
  const ours: Readonly<Record<string, string>> = {
    ...(isOmitted && { [omission]: String(value?.length ?? 0) }),
    'alir-code': code,
    'alir-reason': reason,
    'alir-pipeline': range.pipeline,
    ...rangeHeaders(range),
    'alir-source-offset': String(record.offset),
    'alir-source-timestamp': String(record.timestamp),
  };
  const fits = size - (value?.length ?? 0) <= largestRecord;
  const own = fits ? record.headers.filter(([name]) => name !== omission && !Object.hasOwn(ours, name)) : [];
  const headers: readonly Header[] = [...own, ...Object.entries(ours)];
  return { ...(isOmitted ? { key: null, value: null } : { key, value }), headers, source: record };
}

/** With the offset they tell apart what was published twice. */
function rangeHeaders({ topic, partition, epoch }: PipelineRange) {
  return {
    'alir-source-topic': topic,
    'alir-source-partition': String(partition),
    'alir-source-epoch': String(epoch),
  };
}
