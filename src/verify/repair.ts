import { removalLimit } from '../replica/removal-limit.ts';
import { requestLoad } from '../metadata/table-loads.ts';
import { listTableStates, readingOf } from '../metadata/table-states.ts';
import { mostKeys, type Verifier, type VerifyTask } from './compare-table.ts';
import { repairKeys } from './repair-keys.ts';
import {
  findVerification,
  saveVerification,
  type Verification,
  type VerificationId,
} from '../metadata/verifications.ts';
import { plural } from '../errors/sentences.ts';

/** What a repair has done: the differing rows are read from the source, or a load of the whole table is asked for. */
export type Repair =
  | { readonly kind: 'keys' }
  | { readonly kind: 'load'; readonly load: number }
  | { readonly kind: 'none'; readonly reason: string };

/** Makes the replica of a table equal again, or asks for the load that will. */
export async function startRepair(
  verifier: Verifier,
  task: VerifyTask & { readonly allowDeletes: boolean },
): Promise<Repair> {
  const { database } = verifier;
  const verification = await findVerification(database, task);
  if (verification?.state !== 'different') return { kind: 'none', reason: 'There is nothing to repair.' };
  const { missing, surplus, different, keys } = verification.findings;
  const note = (changes: Partial<Verification>): Promise<void> =>
    saveVerification(database, task, { ...verification, ...changes });
  const refuse = async (reason: string): Promise<Repair> => {
    await note({ reason });
    return { kind: 'none', reason };
  };

  const replicaRows = verification.rows - missing + surplus;
  if (surplus > removalLimit(replicaRows) && !task.allowDeletes)
    return refuse(
      `The repair would delete ${surplus} of ${replicaRows} rows of ${verifier.replicaDatabase}.${task.table}. ` +
        'Check their keys first, then add --allow-deletes.',
    );
  if (missing + surplus + different > mostKeys) {
    const load = await askForLoad(verifier, task);
    await note({ repair: `load ${load}` });
    return { kind: 'load', load };
  }
  const problem = await repairKeys(verifier, task, keys, task.signal);
  if (problem !== null) return refuse(problem);
  await note({ repair: plural(keys.length, 'key') });
  return { kind: 'keys' };
}

/** Whether the load that a repair has asked for is over, done or not. */
export async function isLoaded(verifier: Verifier, place: VerificationId): Promise<boolean> {
  return (await readingOf(verifier.database, place)).state !== 'loading';
}

/** @returns the load's number */
async function askForLoad({ database }: Verifier, place: VerificationId): Promise<number> {
  await requestLoad(database, place, { waitFor: null, askedBy: 'person' });
  const states = await listTableStates(database);
  return states.find((each) => each.database === place.database && each.table === place.table)?.loads ?? 0;
}
