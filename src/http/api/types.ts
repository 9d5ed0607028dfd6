import type { PlanRequest, RunRequest } from '../../backfill/request.ts';
import type { RedriveRequest } from '../../operations/dead-letters/redrive-request.ts';
import type { ListRequest } from '../../operations/dead-letters/request.ts';
import type { DiscardRequest, EditRequest } from './letter-schemas.ts';
import type { ListQuery } from './backfill-schemas.ts';
import type { RedrivesQuery } from './redrive-schemas.ts';

/** What the routes ask for. Each call throws an AlirError; its code decides on the status of the answer. */
export interface Api {
  readonly backfills: BackfillApi;
  readonly letters: LetterApi;
  readonly redrives: RedriveApi;
}

/** An order that a backfill or a redrive takes while it is open. */
export type Order = 'pause' | 'resume' | 'cancel';

/** What takes orders while it is open. */
export interface Steered {
  tell(id: string, order: Order): Promise<void>;
  setRate(id: string, maxRowsPerSecond: number | null): Promise<void>;
}

export interface BackfillApi extends Steered {
  /** What a backfill would do; changes nothing. */
  plan(request: PlanRequest): Promise<object>;
  start(request: RunRequest): Promise<StartedRun>;
  /** The newest first. */
  list(query: ListQuery): Promise<readonly object[]>;
  get(id: string): Promise<object>;
}

export interface LetterApi {
  /** How many of each pipeline, code and field, and the newest of them. */
  find(
    query: ListRequest,
  ): Promise<{ readonly groups: readonly object[]; readonly letters: readonly object[] }>;
  /** With its record and its history. */
  get(id: string): Promise<object>;
  /** Keeps a correction that its pipeline accepts. */
  edit(id: string, request: EditRequest): Promise<object>;
  /** How many were given up. */
  discard(request: DiscardRequest): Promise<number>;
}

export interface RedriveApi extends Steered {
  /** Null: no letter matches. */
  start(request: RedriveRequest): Promise<StartedRedrive | null>;
  /** The newest first. */
  list(query: RedrivesQuery): Promise<readonly object[]>;
  get(id: string): Promise<object>;
}

export interface StartedRun {
  readonly id: string;
  readonly state: 'running';
  readonly workflowId: string;
  /** Where people see it. */
  readonly webUi: string;
}

export interface StartedRedrive extends StartedRun {
  /** How many match. */
  readonly letters: number;
}
