import { Context } from '@temporalio/activity';
import { topicOffsets } from '../../src/kafka/replica-offsets.ts';
import { listTableStates } from '../../src/metadata/table-states.ts';
import {
  findVerification,
  saveVerification,
  type Verification,
  type VerificationId,
} from '../../src/metadata/verifications.ts';
import { topicPositions } from '../../src/replica/topic-end.ts';
import { beginComparison, compareKeys, compareSlice, type Verifier } from '../../src/verify/compare-table.ts';
import { notYetComparable } from '../../src/verify/not-yet.ts';
import { isLoaded, startRepair } from '../../src/verify/repair.ts';
import type { VerifyActivities, VerifyTableResult } from '../contract.ts';
import type { SourceResources } from './resources.ts';

/**
 * The activities of `verifyTable`. They may be tried again at any time: where a comparison stands is in the database.
 */
export function createVerifyActivities(resources: SourceResources): VerifyActivities {
  const { brokers } = resources;
  const verifier: Verifier = {
    ...resources,
    endOf: topicPositions(brokers, resources.database),
    ...topicOffsets(brokers),
  };
  return {
    beginComparison: (input) => begin(verifier, input),

    compareRows: (input) =>
      heedingCancellation(async (signal) => resultOf(await compareSlice(verifier, { ...input, signal }))),

    compareKeys: (input) =>
      heedingCancellation(async (signal) => resultOf(await compareKeys(verifier, { ...input, signal }))),

    startRepair: (input) => heedingCancellation((signal) => startRepair(verifier, { ...input, signal })),

    isLoaded: (input) => isLoaded(verifier, input),
  };
}

/** A schedule asks nobody whether the table is ready; a comparison with half of a replica would find much to repair. */
async function begin(verifier: Verifier, place: VerificationId): Promise<void> {
  await beginComparison(verifier, place);
  const states = await listTableStates(verifier.database);
  const state = states.find(({ database, table }) => database === place.database && table === place.table);
  const reason = notYetComparable(place.database, place.table, state);
  const begun = reason === null ? null : await findVerification(verifier.database, place);
  if (begun !== null) await saveVerification(verifier.database, place, { ...begun, state: 'failed', reason });
}

function resultOf({ state, rows, findings, reason }: Verification): VerifyTableResult {
  const { missing, surplus, different } = findings;
  return { state, rows, missing, surplus, different, reason };
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
