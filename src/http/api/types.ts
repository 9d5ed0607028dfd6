import type { PlanRequest, RunRequest } from '../../backfill/request.ts';
import type { ListQuery } from './schemas.ts';

/** An order that a backfill takes while it is open. */
export type Order = 'pause' | 'resume' | 'cancel';

/** What the routes ask for. Each call throws an AlirError; its code decides on the status of the answer. */
export interface BackfillApi {
  /** What a backfill would do; changes nothing. */
  plan(request: PlanRequest): Promise<object>;
  start(request: RunRequest): Promise<StartedBackfill>;
  /** The newest first. */
  list(query: ListQuery): Promise<readonly object[]>;
  get(id: string): Promise<object>;
  tell(id: string, order: Order): Promise<void>;
  setRate(id: string, maxRowsPerSecond: number | null): Promise<void>;
}

export interface StartedBackfill {
  readonly id: string;
  readonly state: 'running';
  readonly workflowId: string;
  /** Where people see it. */
  readonly webUi: string;
}
