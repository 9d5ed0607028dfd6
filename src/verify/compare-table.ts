import { topicOf } from '../pipelines/cdc/cdc.ts';
import { AlirError } from '../errors/alir-error.ts';
import { NotVisible } from '../replica/not-visible.ts';
import type { SourceReader } from '../replica/source-table.ts';
import { compareChunk } from './compare-chunk.ts';
import { addFindings, confirm } from './confirm.ts';
import type { Flight } from './settle.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import { withBothTables } from './open-tables.ts';
import {
  beginVerification,
  findVerification,
  saveVerification,
  type Verification,
  type VerificationId,
  type Findings,
} from '../metadata/verifications.ts';

export interface Verifier extends SourceReader {
  /** Where each partition of a topic ends. */
  readonly ends: (topic: string) => Promise<readonly number[]>;
  /** The first offset of each partition that the replica's group has not applied. */
  readonly applied: (topic: string) => Promise<readonly number[]>;
}

export interface VerifyTask extends VerificationId {
  /** How long to wait for what is in flight, at most. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

/** Keys that are kept of a table; all are counted. More are not repaired one by one. */
export const mostKeys = 20_000;

/** How long one call works at most; what it has found is kept, so that an outage costs no more than this. */
const sliceMs = 15_000;
const suspectsAtOnce = 5_000;

/** Begins the comparison of a table, from its first key. */
export async function beginComparison(verifier: Verifier, task: VerificationId): Promise<void> {
  const { end } = await verifier.endOf(topicOf(task.database, task.table));
  await beginVerification(verifier.database, task, end);
}

/**
 * Compares the next part of a table, from where the comparison stands. Over when its state is not 'running'.
 *
 * @throws AlirError MYSQL_*, KAFKA_*
 */
export async function compareSlice(verifier: Verifier, task: VerifyTask): Promise<Verification> {
  const begun = await known(verifier, task);
  if (begun.state !== 'running') return begun;
  const ended = await withBothTables(verifier, task, async (source, replica) => {
    const deadline = performance.now() + sliceMs;
    let { rows, findings, cursor } = begun;
    let suspects: KeyText[] = [];
    let isOver = false;
    while (!isOver && suspects.length < suspectsAtOnce && performance.now() < deadline) {
      task.signal.throwIfAborted();
      const chunk = await compareChunk(source, replica, cursor);
      rows += chunk.rows;
      suspects = [...suspects, ...chunk.suspects];
      cursor = chunk.high;
      isOver = cursor === null;
    }
    // Where it has been waited for in vain, waiting for every part of the table would take for ever.
    const settleMs = findings.isSettled ? task.settleMs : 0;
    const found = await confirm(source, replica, flightOf(verifier, task), suspects, settleMs);
    findings = addFindings(findings, found, mostKeys);
    return { ...begun, rows, findings, cursor, state: isOver ? stateOf(findings) : begun.state };
  }).catch(refusal);
  return save(verifier, task, begun, ended);
}

/** Compares the rows again that were found to differ, and no others. */
export async function compareKeys(verifier: Verifier, task: VerifyTask): Promise<Verification> {
  const begun = await known(verifier, task);
  const ended = await withBothTables(verifier, task, async (source, replica) => {
    const { keys } = begun.findings;
    const findings = await confirm(source, replica, flightOf(verifier, task), keys, task.settleMs);
    return { ...begun, findings, state: stateOf(findings) };
  }).catch(refusal);
  return save(verifier, task, begun, ended);
}

/** Where it cannot be seen what is still in flight, nothing can be said of rows that differ. */
function refusal(error: unknown): string {
  if (error instanceof NotVisible) return `${error.message} ${error.remedy}`;
  throw error;
}

async function known(verifier: Verifier, task: VerifyTask): Promise<Verification> {
  const verification = await findVerification(verifier.database, task);
  if (verification !== null) return verification;
  throw new AlirError('UNEXPECTED', `The verification ${task.id} of ${task.table} was never begun.`);
}

async function save(
  verifier: Verifier,
  task: VerifyTask,
  begun: Verification,
  ended: Verification | string,
): Promise<Verification> {
  const verification: Verification =
    typeof ended === 'string' ? { ...begun, state: 'failed', reason: ended } : ended;
  await saveVerification(verifier.database, task, verification);
  return verification;
}

function stateOf({ missing, surplus, different }: Findings): 'equal' | 'different' {
  return missing + surplus + different === 0 ? 'equal' : 'different';
}

function flightOf(verifier: Verifier, task: VerifyTask): Flight {
  const topic = topicOf(task.database, task.table);
  return {
    source: verifier.source,
    ends: () => verifier.ends(topic),
    applied: () => verifier.applied(topic),
    signal: task.signal,
  };
}
