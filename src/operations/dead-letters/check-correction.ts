import { AlirError } from '../../errors/alir-error.ts';
import { packOutcome } from '../../pipelines/packed-outcome.ts';
import type { Pipeline, ReplicaTables } from '../../pipelines/pipeline.ts';
import type { Letter } from '../../metadata/dead-letters/read-letters.ts';

/** What would become of a corrected record. */
export type Verdict =
  | { readonly kind: 'upsert' | 'delete' }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'dead'; readonly code: string; readonly reason: string };

/** Only pipelines ask for them that cannot be corrected. */
const noReplica: ReplicaTables = {
  follow: () => Promise.reject(notAReplica()),
  readAfter: () => Promise.reject(notAReplica()),
  forget: () => undefined,
  replicaDatabase: '',
};

/** Has the pipeline judge a record with another value, as a redrive would. */
export async function judge(pipeline: Pipeline, { record, epoch }: Letter, value: Buffer): Promise<Verdict> {
  const size = record.size - (record.value?.length ?? 0) + value.length;
  const corrected = { ...record, value, size };
  const opened = await pipeline.open(record.topic, [corrected], noReplica);
  const stamp = { flag: 'redrive', syncAt: new Date().toISOString(), epoch } as const;
  return packOutcome(opened.table, corrected, opened.transform(corrected, stamp), () => Buffer.alloc(0));
}

function notAReplica(): AlirError {
  return new AlirError('UNEXPECTED', 'A pipeline of own tables asked for a table of the replica.');
}
