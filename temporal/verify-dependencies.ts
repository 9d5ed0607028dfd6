import {
  beginComparison,
  compareKeys,
  compareSlice,
  type Verifier,
} from '../src/database/verify/compare-table.ts';
import { isLoaded, startRepair } from '../src/database/verify/repair.ts';
import type { Verification } from '../src/database/verify/verifications.ts';
import { committedOffsets } from '../src/kafka/committed-offsets.ts';
import { describeTopics } from '../src/kafka/topics.ts';
import { cdc } from '../src/pipelines/cdc/cdc.ts';
import type { VerifyDependencies } from './activities/verify-table.ts';
import type { VerifyTableResult } from './contract.ts';
import type { LoadResources } from './load-dependencies.ts';
import { topicPositions } from './topic-position.ts';

/** Connects the activities of `verifyTable` to the source, the replica and Kafka. */
export function connectVerifications(resources: LoadResources): VerifyDependencies {
  const { brokers } = resources;
  const verifier: Verifier = {
    ...resources,
    endOf: topicPositions(brokers, resources.database),
    async ends(topic) {
      const [found] = await describeTopics(brokers, [topic]);
      return (found?.partitions ?? []).map(({ high }) => high);
    },
    async applied(topic) {
      const [found] = await describeTopics(brokers, [topic]);
      const partitions = (found?.partitions ?? []).map(({ partition }) => partition);
      const offsets = await committedOffsets(brokers, cdc.group, new Map([[topic, partitions]]));
      return partitions.map((partition) => offsets.get(`${topic}/${partition}`)?.offset ?? 0);
    },
  };
  return {
    begin: (input) => beginComparison(verifier, input),
    compareSlice: async (input, signal) => resultOf(await compareSlice(verifier, { ...input, signal })),
    compareKeys: async (input, signal) => resultOf(await compareKeys(verifier, { ...input, signal })),
    startRepair: (input, signal) => startRepair(verifier, { ...input, signal }),
    isLoaded: (input) => isLoaded(verifier, input),
  };
}

function resultOf({ state, rows, findings, reason }: Verification): VerifyTableResult {
  const { missing, surplus, different } = findings;
  return { state, rows, missing, surplus, different, reason };
}
