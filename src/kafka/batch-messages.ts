/** The messages that a batch publishes, with the headers that say where each comes from. */
import type { DeadLetter, EncodeMessage, TransformedRecord } from '../pipelines/packed-outcome.ts';
import type { Flag, RecordRange } from '../pipelines/range.ts';
import type { OutgoingMessage } from './producer.ts';
import { encodeContent, shareHeaders } from './wire/record-batch-writer.ts';

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
const largestValue = 1_000_000;

/**
 * The record as it came, with the reason and where it came from. Its own headers are kept; ours win a clash. A value
 * of nearly a megabyte is left out: etl_dead_letters has it.
 */
export function deadLetterMessage(
  range: PipelineRange,
  { record, code, reason }: DeadLetter,
): OutgoingMessage {
  const omitted = record.size > largestValue;
  return {
    key: omitted ? null : record.key,
    value: omitted ? null : record.value,
    headers: {
      ...(omitted
        ? { 'alir-value-omitted': String(record.value?.length ?? 0) }
        : Object.fromEntries(record.headers)),
      'alir-code': code,
      'alir-reason': reason,
      'alir-pipeline': range.pipeline,
      ...rangeHeaders(range),
      'alir-source-offset': String(record.offset),
      'alir-source-timestamp': String(record.timestamp),
    },
    source: record,
  };
}

/** With the offset they tell apart what was published twice. */
function rangeHeaders({ topic, partition, epoch }: PipelineRange) {
  return {
    'alir-source-topic': topic,
    'alir-source-partition': String(partition),
    'alir-source-epoch': String(epoch),
  };
}
