import { applyLetters, type LetterFates } from '../../src/apply/apply-letters.ts';
import { AlirError } from '../../src/errors/alir-error.ts';
import { publications } from '../../src/kafka/batch-messages.ts';
import { claimPage, nextLetters } from '../../src/metadata/dead-letters/claims.ts';
import { noteSkipped } from '../../src/metadata/dead-letters/note-failures.ts';
import type { Letter } from '../../src/metadata/dead-letters/read-letters.ts';
import { findRedrive } from '../../src/metadata/dead-letters/redrives.ts';
import { openStatuses } from '../../src/metadata/dead-letters/states.ts';
import { findPipeline } from '../../src/pipelines/registry.ts';
import { noRedriven, type RedriveCounts } from '../../src/pipelines/redrive-counts.ts';
import type { BatchTask } from '../contract.ts';
import type { RedrivePage, RedrivePageResult } from '../redrive-contract.ts';
import { recordsOf } from './letter-records.ts';
import type { BatchResources } from './resources.ts';
import { transformRecords } from './transform.ts';

const lettersOfPage = 500;
const bytesOfPage = 33_554_432;

/**
 * Takes the next letters of a redrive, applies and closes them, then publishes the good ones. It writes no audit row:
 * the letters are the audit. An attempt that dies in between finds its letters by their claim, whatever their state, and
 * publishes those that it had closed: at least once, told apart by coordinates.
 *
 * @throws AlirError MYSQL_*, KAFKA_*; UNEXPECTED for a redrive that nobody has written down
 */
export async function redrivePage(resources: BatchResources, page: RedrivePage): Promise<RedrivePageResult> {
  const { database } = resources;
  const redrive = await findRedrive(database, page.redriveId);
  if (redrive === null) throw new AlirError('UNEXPECTED', `There is no redrive ${page.redriveId}.`);
  const limits = { after: BigInt(page.after), letters: lettersOfPage, bytes: bytesOfPage };
  const letters = page.dryRun
    ? await nextLetters(database, redrive.filter, limits)
    : await claimPage(database, page, redrive.filter, limits);
  const counts = { ...noRedriven, letters: letters.length };
  for (const group of byPartition(letters)) {
    const fates = await redriveGroup(resources, page, group);
    for (const { id } of group) counts[fates.get(id) ?? 'taken'] += 1;
  }
  return { counts, after: letters.length === 0 ? null : String(letters.at(-1)!.id) };
}

type Fates = ReadonlyMap<bigint, Exclude<keyof RedriveCounts, 'letters' | 'taken'>>;

/** Letters of one epoch of one partition. */
async function redriveGroup(
  resources: BatchResources,
  page: RedrivePage,
  letters: readonly Letter[],
): Promise<Fates> {
  const { database, brokers, producer, tables } = resources;
  const task = taskOf(page, letters);
  const pipeline = findPipeline(task.range.pipeline);
  const skip = async (ids: readonly bigint[], why: string): Promise<void> => {
    if (!page.dryRun) await noteSkipped(database, ids, `redrive ${page.redriveId}`, why);
  };
  const all = letters.map(({ id }) => id);
  const skipped = (ids: readonly bigint[]) => ids.map((id) => [id, 'skipped'] as const);
  if (pipeline === undefined) {
    await skip(all, `There is no pipeline ${task.range.pipeline}.`);
    return new Map(skipped(all));
  }
  const { records, unread } = await recordsOf(brokers, database, letters);
  for (const { id, why } of unread) await skip([id], why);
  const known = letters.filter(({ id }) => records.has(id));
  const batch = await transformRecords(
    tables,
    task,
    known.map(({ id }) => records.get(id)!),
  ).catch((error: unknown) => {
    // The table waits for people, and its letters with it; a redrive of others goes on.
    if (error instanceof AlirError && error.code === 'TABLE_PAUSED') return error;
    throw error;
  });
  if (batch instanceof AlirError) {
    await skip(all, `${batch.message} ${batch.remedy}`);
    return new Map(skipped(all));
  }
  const rows = known.map(({ id }, index) => ({ id, ...batch.rows[index]! }));
  const open = new Set(known.filter(({ status }) => isOpen(status)).map(({ id }) => id));
  const applied = await applyLetters(database, {
    pipeline: pipeline.name,
    table: batch.table,
    letters: rows.filter(({ id }) => open.has(id)),
    redriveId: page.redriveId,
    mostAttempts: page.mostAttempts,
    dryRun: page.dryRun,
  });
  const fates = new Map([...skipped(unread.map(({ id }) => id)), ...earlier(page, known), ...applied]);
  if (pipeline.outputTopic !== null && page.sink === 'both' && !page.dryRun) {
    const good = rows.filter(({ id }) => fates.get(id) === 'loaded' || fates.get(id) === 'superseded');
    await producer.publish(pipeline.outputTopic, publications(good));
  }
  return fates;
}

/** What an earlier attempt of this page has closed. */
function earlier({ redriveId }: RedrivePage, letters: readonly Letter[]): [bigint, ValueOf<LetterFates>][] {
  return letters.flatMap(({ id, status, closedBy }) =>
    closedBy === `redrive ${redriveId}` ? [[id, status as ValueOf<LetterFates>]] : [],
  );
}

type ValueOf<M> = M extends ReadonlyMap<unknown, infer Value> ? Value : never;

function isOpen(status: Letter['status']): boolean {
  return openStatuses.includes(status);
}

function byPartition(letters: readonly Letter[]): Letter[][] {
  const groups = new Map<string, Letter[]>();
  for (const letter of letters) {
    const { pipeline, epoch, record } = letter;
    const key = [pipeline, record.topic, epoch, record.partition].join(' ');
    const group = groups.get(key) ?? [];
    group.push(letter);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The letters as a task of their partition: its stamp and its headers. */
function taskOf({ redriveId, syncAt }: RedrivePage, letters: readonly Letter[]): BatchTask {
  const [letter] = letters;
  const { topic, partition } = letter!.record;
  const offsets = letters.map(({ record }) => record.offset);
  return {
    range: {
      pipeline: letter!.pipeline,
      topic,
      topicId: '',
      epoch: letter!.epoch,
      partition,
      first: Math.min(...offsets),
      last: Math.max(...offsets),
    },
    flag: 'redrive',
    syncAt,
    run: redriveId,
  };
}
