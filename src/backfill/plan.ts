import { AlirError } from '../errors/alir-error.ts';
import { field, request, RequestError } from '../errors/request-error.ts';
import { plural } from '../errors/sentences.ts';
import { findTable } from '../pipelines/cdc/cdc.ts';
import { findPipeline } from '../pipelines/registry.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import {
  auditedSince,
  bookkeepingName,
  gapSentences,
  markedBatches,
  secondsFor,
  type AuditedRange,
} from './audit.ts';
import { sizeOf } from './intervals.ts';
import type { PlanningContext } from './planning-context.ts';
import { planRanges } from './plan-ranges.ts';
import { bootstrapTables } from './plan-maxwell.ts';
import { keyedTables, sourceTables } from './plan-source.ts';
import { topicsOf } from './plan-topics.ts';
import { logFieldOf } from './selector.ts';
import type { BackfillPlan, Selector, Via } from './types.ts';
import type { KnownTopic } from './requested-offsets.ts';

/**
 * What a backfill would do. Changes nothing.
 *
 * @throws AlirError USAGE; RANGE_GONE when the range is no longer in Kafka and cannot be had elsewhere; TOPIC_RECREATED,
 *   KAFKA_*, MYSQL_*
 */
export async function planBackfill(
  place: PlanningContext,
  asked: Selector,
  { via }: { readonly via?: Via } = {},
): Promise<BackfillPlan> {
  const pipeline = findPipeline(asked.pipeline);
  if (pipeline === undefined) throw new AlirError('USAGE', `There is no pipeline ${asked.pipeline}.`);
  const selector = { ...asked, table: withoutDatabase(asked.table, place) };
  checkVia(pipeline, selector, via);
  if (via === 'maxwell') return throughMaxwell(place, selector);
  if (selector.keys !== null)
    return fromSource(place, selector, [], 'Keys are read from the source, as it is now.');
  if (via === 'source') return fromSource(place, selector, [], 'You asked for the source.');

  const topics = await topicsOf(place, pipeline, selector);
  if (topics.length === 0 && selector.table !== null) {
    if (via === 'kafka') throw new AlirError('RANGE_GONE', `Kafka has no records of ${selector.table}.`);
    return fromSource(
      place,
      selector,
      [],
      'No change of the table is in Kafka: reading it from the source instead.',
    );
  }
  const batches =
    selector.batches === null ? null : await markedBatches(place.database, pipeline.name, selector.batches);
  const { ranges, lost, unread } = await planRanges(place, topics, selector, batches);
  if (lost.length > 0) {
    const gone = lost.join('; ');
    if (pipeline.kind === 'tables' || via === 'kafka')
      throw new AlirError('RANGE_GONE', `${gone}.`, {
        remedy:
          'Begin at the first offset that Kafka still has, or get the rows again from where they came from.',
      });
    const why = `${gone}: reading the table from the source instead.`;
    return fromSource(place, selector, topics, why);
  }
  const rows = sizeOf(ranges);
  return {
    selector,
    via: 'kafka',
    why: rows === 0 ? 'Nothing in Kafka matches.' : 'All of the range is in Kafka.',
    ranges,
    sources: [],
    targets: await targetsOf(place, pipeline, new Set(ranges.map(({ topic }) => topic))),
    rows,
    available: availableOf(topics, selector),
    gaps: [
      ...unread,
      ...formerBatches(topics, batches ?? []),
      ...(await horizonOf(place, selector)),
      ...(await gapSentences(place.database, pipeline.name, ranges)),
    ],
    expectedSeconds: await secondsFor(place.database, pipeline.name, rows),
  };
}

async function fromSource(
  place: PlanningContext,
  selector: Selector,
  topics: readonly KnownTopic[],
  why: string,
): Promise<BackfillPlan> {
  const ofTopics = topics.flatMap(({ name }) => findTable(name)?.table ?? []);
  const all = ofTopics.length > 0 ? ofTopics : await keyedTables(place);
  const names = selector.table === null ? all : [selector.table];
  const { tables, rows } = await sourceTables(place, names, selector.keys);
  return {
    selector,
    via: 'source',
    why,
    ranges: [],
    sources: tables,
    targets: names.map((name) => `${place.replicaDatabase}.${name}`),
    rows,
    available: availableOf(topics, selector),
    gaps: [],
    expectedSeconds: await secondsFor(place.database, selector.pipeline, rows),
  };
}

async function throughMaxwell(place: PlanningContext, selector: Selector): Promise<BackfillPlan> {
  const names = selector.table === null ? await keyedTables(place) : [selector.table];
  const { tables, rows, warnings } = await bootstrapTables(place, names, selector.keys);
  return {
    selector,
    via: 'maxwell',
    why: 'You asked for Maxwell: it reads the rows and sends them through the topic.',
    ranges: [],
    sources: tables,
    targets: names.map((name) => `${place.replicaDatabase}.${name}`),
    rows,
    available: [],
    gaps: [],
    warnings,
    expectedSeconds: await secondsFor(place.database, selector.pipeline, rows),
  };
}

function checkVia(pipeline: Pipeline, selector: Selector, via: Via | undefined): void {
  const asked = request`${field('via')} ${via ?? ''}`;
  if (via === 'kafka' && selector.keys !== null)
    throw new RequestError(
      request`${field('wherePk')} and ${asked} do not go together: Kafka cannot look up keys.`,
    );
  if (via === undefined || via === 'kafka') return;
  if (pipeline.kind === 'tables')
    throw new RequestError(
      request`${asked} needs ${field('pipeline')} cdc: ${pipeline.name} is not read from tables.`,
    );
  const other = logFieldOf(selector);
  if (other !== null)
    throw new RequestError(
      request`${asked} and ${other} do not go together: the source is read as it is now.`,
    );
}

/** Batches of a topic that was made again since: their offsets are other records now. */
function formerBatches(topics: readonly KnownTopic[], batches: readonly AuditedRange[]): string[] {
  return topics.flatMap(({ name, epoch }) => {
    const former = batches.filter((batch) => batch.topic === name && batch.epoch !== epoch);
    if (former.length === 0) return [];
    return [
      `${name}: ${plural(former.length, 'marked batch is', 'marked batches are')} of a deleted topic of this name.`,
    ];
  });
}

/** Batches with open dead letters are kept for as long as these are open. */
async function horizonOf({ database }: PlanningContext, { batches }: Selector): Promise<string[]> {
  const since = batches === 'stale' ? await auditedSince(database) : null;
  if (since === null) return [];
  return [
    `Batches that were committed before ${since.toISOString()} are pruned (ALIR_KEEP_BATCHES_DAYS): Alir no longer ` +
      'knows which of them found records stale.',
  ];
}

/** Tables may be named with their database, as status prints them. */
function withoutDatabase(table: string | null, { source }: PlanningContext): string | null {
  const prefix = `${source.database}.`;
  return table?.startsWith(prefix) ? table.slice(prefix.length) : table;
}

async function targetsOf(
  { database, replicaDatabase }: PlanningContext,
  pipeline: Pipeline,
  topics: ReadonlySet<string>,
): Promise<string[]> {
  if (pipeline.kind === 'replica')
    return [...topics].flatMap((topic) => `${replicaDatabase}.${findTable(topic)?.table}`);
  const own = await bookkeepingName(database);
  return topics.size === 0 ? [] : pipeline.tables.map(({ database: of = own, name }) => `${of}.${name}`);
}

function availableOf(
  topics: readonly KnownTopic[],
  { partition: only }: Selector,
): BackfillPlan['available'] {
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ partition }) => only === null || partition === only)
      .map(({ partition, start, end }) => ({ topic: name, partition, start, end })),
  );
}
