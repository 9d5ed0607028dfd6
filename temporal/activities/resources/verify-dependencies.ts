import {
  beginComparison,
  compareKeys,
  compareSlice,
  type Verifier,
} from '../../../src/verify/compare-table.ts';
import { isLoaded, startRepair } from '../../../src/verify/repair.ts';
import { notYetComparable } from '../../../src/verify/not-yet.ts';
import {
  findVerification,
  saveVerification,
  type Verification,
  type VerificationPlace,
} from '../../../src/metadata/verifications.ts';
import { listTableStates } from '../../../src/metadata/table-states.ts';
import type { VerifyDependencies } from '../verify-table.ts';
import type { VerifyTableResult } from '../../contract.ts';
import type { LoadResources } from './load-dependencies.ts';
import { topicOffsets } from '../../client/topic-offsets.ts';
import { topicPositions } from '../../client/topic-position.ts';

/** Connects the activities of `verifyTable` to the source, the replica and Kafka. */
export function connectVerifications(resources: LoadResources): VerifyDependencies {
  const { brokers } = resources;
  const verifier: Verifier = {
    ...resources,
    endOf: topicPositions(brokers, resources.database),
    ...topicOffsets(brokers),
  };
  return {
    begin: (input) => begin(verifier, input),
    compareSlice: async (input, signal) => resultOf(await compareSlice(verifier, { ...input, signal })),
    compareKeys: async (input, signal) => resultOf(await compareKeys(verifier, { ...input, signal })),
    startRepair: (input, signal) => startRepair(verifier, { ...input, signal }),
    isLoaded: (input) => isLoaded(verifier, input),
  };
}

/** A schedule asks nobody whether the table is ready; a comparison with half of a replica would find much to repair. */
async function begin(verifier: Verifier, place: VerificationPlace): Promise<void> {
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
