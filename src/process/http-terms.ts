/** What the parts of the HTTP API share. */
import { AlirError } from '../errors/alir-error.ts';
import { classifyMysqlError } from '../mysql/mysql-error.ts';
import type { CommandContext } from '../operations/command-context.ts';
import { workflowLink } from '../operations/web-ui.ts';

const temporalWithinMs = 10_000;

/** The signals of the workflows behind backfills and redrives. */
export const signals = {
  pause: 'pauseBackfill',
  resume: 'resumeBackfill',
  cancel: 'cancelBackfill',
} as const;

/** The workflow of a run and where people see it. */
export interface Links {
  readonly workflowId: string;
  readonly webUi: string;
}

export function linksOf({ config }: CommandContext, workflowId: string): Links {
  return { workflowId, webUi: workflowLink(config.settings, workflowId) };
}

/** Without a limit the client waits for Temporal as long as it is away, and the caller with it. */
export async function limited<T>(place: CommandContext, work: () => Promise<T>): Promise<T> {
  return (await place.temporal()).withDeadline(Date.now() + temporalWithinMs, work);
}

/** Does the work; what it throws is in the terms of the catalogue then. */
export async function inTerms<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inHttpTerms(error);
  }
}

/** MySQL's errors come as the driver threw them; Kafka's and Temporal's are in the catalogue's terms. */
function inHttpTerms(error: unknown): Error {
  return error instanceof AlirError ? error : classifyMysqlError(error);
}
