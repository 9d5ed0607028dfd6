import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { WorkflowService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { isAlive } from '../../config/running-stack.ts';

const { WORKER_STATUS_SHUTDOWN } = proto.temporal.api.enums.v1.WorkerStatus;

/** A heartbeat of a worker. */
export interface WorkerSign {
  readonly identity: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Between its heartbeats; null: it has written only one. */
  readonly everyMs: number | null;
  /** It has said that it ends. */
  readonly isOver: boolean;
}

/** The SDK's own pace; ours is every five seconds (temporal/worker/sdk-metrics.ts). */
const usualMs = 60_000;

/** The heartbeats of all workers of a namespace; none where the server keeps none. */
export async function readWorkerSigns(service: WorkflowService, namespace: string): Promise<WorkerSign[]> {
  const { namespaceInfo } = await service.describeNamespace({ namespace });
  if (!namespaceInfo?.capabilities?.workerHeartbeats) return [];
  const { workersInfo } = await service.listWorkers({ namespace, pageSize: 1_000 });
  return (workersInfo ?? []).flatMap(({ workerHeartbeat: beat }) =>
    beat
      ? [
          {
            identity: beat.workerIdentity ?? '',
            at: millisecondsOf(beat.heartbeatTime),
            everyMs: millisecondsOf(beat.elapsedSinceLastHeartbeat) || null,
            isOver: beat.status === WORKER_STATUS_SHUTDOWN,
          },
        ]
      : [],
  );
}

/** Those that have said so, or have missed four heartbeats, by identity; one of a process that lives is enough. */
export function endedWorkers(signs: readonly WorkerSign[], now: number): Set<string> {
  const lives = signs.filter(({ at, everyMs, isOver }) => !isOver && now - at < 4 * (everyMs ?? usualMs));
  const alive = new Set(lives.map(({ identity }) => identity));
  return new Set(signs.map(({ identity }) => identity).filter((identity) => !alive.has(identity)));
}

/**
 * Whether an identity, `pid@host`, is of this machine and its process has ended: known at once, where heartbeats take
 * twenty seconds. A container that takes the machine's name sees no processes but its own.
 */
export function hasEndedHere(identity: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(identity) ?? [];
  if (pid === undefined || host !== hostname() || !seesAllProcesses()) return false;
  return !isAlive(Number(pid));
}

/** Linux gives the machine's own namespace of processes a fixed number; other systems have only one. */
function seesAllProcesses(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]';
  } catch {
    return true;
  }
}

type Span = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

function millisecondsOf(span: Span): number {
  return span ? Number(span.seconds ?? 0) * 1000 + (span.nanos ?? 0) / 1e6 : 0;
}
