import { Context } from '@temporalio/activity';
import type { TableRepair, VerifyActivities, VerifyTableInput, VerifyTableResult } from '../contract.ts';

/** What the activities need of the world outside; the worker, as composition root, supplies it. */
export interface VerifyDependencies {
  readonly begin: (input: VerifyTableInput) => Promise<void>;
  readonly compareSlice: (input: VerifyTableInput, signal: AbortSignal) => Promise<VerifyTableResult>;
  readonly compareKeys: (input: VerifyTableInput, signal: AbortSignal) => Promise<VerifyTableResult>;
  readonly startRepair: (input: VerifyTableInput, signal: AbortSignal) => Promise<TableRepair>;
  readonly isLoaded: (input: VerifyTableInput) => Promise<boolean>;
}

/**
 * The activities of `verifyTable`. They may be tried again at any time: where a comparison stands is in the database.
 */
export function createVerifyActivities(dependencies: VerifyDependencies): VerifyActivities {
  return {
    beginComparison: (input) => dependencies.begin(input),
    compareRows: (input) => heedingCancellation((signal) => dependencies.compareSlice(input, signal)),
    compareKeys: (input) => heedingCancellation((signal) => dependencies.compareKeys(input, signal)),
    startRepair: (input) => heedingCancellation((signal) => dependencies.startRepair(input, signal)),
    isLoaded: (input) => dependencies.isLoaded(input),
  };
}

/** What the signal throws may come out as an error of the database that it passed through. */
async function heedingCancellation<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  try {
    return await work(cancellationSignal);
  } catch (error) {
    cancellationSignal.throwIfAborted();
    throw error;
  }
}
