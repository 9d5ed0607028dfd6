/** What workflow, activities and clients of a redrive share. */
import type { RedriveCounts } from '../src/pipelines/redrive-counts.ts';
import type { BackfillState } from './contract.ts';

/** Where good records of a redrive go. Their letters close with the table, so that is never left out. */
export type RedriveSink = 'table' | 'both';

interface RedriveOptions {
  readonly redriveId: string;
  /** Stamped on every row, ISO 8601 UTC. */
  readonly syncAt: string;
  readonly sink: RedriveSink;
  /** Finds out what would become of the letters; changes nothing. */
  readonly dryRun: boolean;
  /** Failures, the first included, with which a letter is quarantined. */
  readonly mostAttempts: number;
}

/** Dead letters that are loaded again, page by page. Which ones, their row in etl_redrives says. */
export interface RedriveInput extends RedriveOptions {
  /** How many matched when it was started. */
  readonly letters: number;
  readonly maxRowsPerSecond: number | null;
  /** What earlier runs of the same workflow have done. */
  readonly done?: RedriveDone & { readonly paused: boolean };
}

export interface RedriveDone {
  /** Pages that are done. */
  readonly page: number;
  /** Id of the last letter that was taken. */
  readonly after: string;
  readonly counts: RedriveCounts;
}

export interface RedrivePage extends RedriveOptions {
  readonly page: number;
  readonly after: string;
}

export interface RedrivePageResult {
  readonly counts: RedriveCounts;
  /** Id of its last letter; null: there are no more. */
  readonly after: string | null;
}

export interface RedriveActivities {
  /** Takes the next letters, applies and closes them, and publishes the good ones. */
  redrivePage(page: RedrivePage): Promise<RedrivePageResult>;
  /** Writes down what has become of a redrive. */
  recordRedrive(
    id: string,
    state: BackfillState,
    counts: RedriveCounts,
    reason: string | null,
  ): Promise<void>;
}

/** `redrive/<id>` */
export function redriveWorkflowId(id: string): string {
  return `redrive/${id}`;
}
