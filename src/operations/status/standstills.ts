import { plural } from '../../errors/sentences.ts';
import type { MaxwellStatus } from './maxwell-status.ts';
import type { PipelineStatus } from './pipeline-status.ts';

/** Something that does not go on by itself. Both are sentences. */
export interface Standstill {
  /** Null: the worker, which serves all pipelines. */
  readonly pipeline: string | null;
  readonly what: string;
  readonly remedy: string;
}

/** What a status is judged by. */
export interface Judged {
  readonly pipelines: readonly PipelineStatus[];
  readonly maxwell: MaxwellStatus;
  readonly workers: readonly string[] | null;
}

/** Maxwell that brings nothing to a replica that has tables, and records that wait while nobody takes them. */
export function findStandstills({ pipelines, maxwell, workers }: Judged): Standstill[] {
  const found = pipelines.flatMap((status): Standstill[] => [
    ...ofMaxwell(status, maxwell),
    ...ofConsumers(status),
  ]);
  const waits = pipelines.some((status) => waitingIn(status) > 0);
  if (workers?.length === 0 && waits)
    found.push({
      pipeline: null,
      what: 'No worker asks Temporal for batches, and records wait.',
      remedy: 'alir run (or alir worker)',
    });
  return found;
}

/** How many records wait; 0 as well where that is not known. */
export function waitingIn({ partitions }: PipelineStatus): number {
  return (partitions ?? []).reduce((sum, { lag }) => sum + lag, 0);
}

/** A source that has no table for the replica misses no Maxwell. */
function ofMaxwell({ pipeline, tables }: PipelineStatus, { problem, remedy }: MaxwellStatus): Standstill[] {
  if (problem === null || remedy === null) return [];
  const isReplicated = tables?.some(({ state }) => state !== null && state !== 'dropped') ?? false;
  return isReplicated ? [{ pipeline, what: problem, remedy }] : [];
}

function ofConsumers(status: PipelineStatus): Standstill[] {
  const waiting = waitingIn(status);
  if (status.consumers !== 0 || waiting === 0) return [];
  const what = `No consumer is in the group ${status.group}, and ${plural(waiting, 'record waits', 'records wait')} for it.`;
  return [{ pipeline: status.pipeline, what, remedy: 'alir run (or alir consume)' }];
}
