import type { SchemaMoment } from '../cdc/schema/schema-history.ts';
import { readingOf } from '../metadata/table-states.ts';
import { topicOf } from '../pipelines/cdc/cdc.ts';
import type { FoundTable, ReplicaTables } from '../pipelines/pipeline.ts';
import { ifVisible } from './not-visible.ts';
import type { ReplicaContext } from './replica-context.ts';
import type { ReplicaUpdater } from './replica-updater.ts';
import { ToldDefinitions } from './wait-for-definitions.ts';

interface Known {
  readonly found: FoundTable | null;
  readonly schemaId: number | null;
  readonly at: number;
  /** When it had been read, by `performance.now()`. */
  readonly readAt: number;
}

/** How long a schema is believed where messages do not tell when it changes. */
const believedMs = 10_000;

/** The schemas of the source's tables as a worker knows them, for the batches of their topics. */
export class SourceSchemas implements ReplicaTables {
  readonly replicaDatabase: string;
  readonly #place: ReplicaContext;
  readonly #updater: ReplicaUpdater;
  readonly #known = new Map<string, Known>();
  readonly #told: ToldDefinitions;

  constructor(place: ReplicaContext, updater: ReplicaUpdater) {
    this.#place = place;
    this.#updater = updater;
    this.#told = new ToldDefinitions(place.source);
    this.replicaDatabase = place.replicaDatabase;
  }

  async follow(
    database: string,
    table: string,
    schemaId: number | null,
    writtenAtMs = 0,
  ): Promise<FoundTable | null> {
    // Maxwell's own table of bootstraps comes on a topic of this kind, whatever its filter says.
    if (database !== this.#place.source.database) return null;
    const name = `${database}.${table}`;
    const known = this.#known.get(name);
    const partitionsOf = await this.#partitionsOf(topicOf(database, table));
    if (known && isFresh(known, schemaId)) return known.found && { ...known.found, partitionsOf };
    const { definitions } = this.#updater;
    await definitions.follow(schemaId, writtenAtMs);
    const schema = await this.#updater.update(database, table);
    const { requestedAt } = await readingOf(this.#place.database, { database, table });
    const { history } = definitions;
    const found = schema && {
      schema,
      readAfter: requestedAt,
      schemaAt: (moment: SchemaMoment) => history.schemaAt(database, table, moment),
    };
    const newestId = maxOf(schemaId, known?.schemaId ?? null);
    this.#known.set(name, { found, schemaId: newestId, at: Date.now(), readAt: performance.now() });
    return found && { ...found, partitionsOf };
  }

  async #partitionsOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const select = { epoch: true, partitions: true };
    const epochs = await this.#place.database.etlTopicEpoch.findMany({ where: { topic }, select });
    return new Map(epochs.map(({ epoch, partitions }) => [epoch, partitions]));
  }

  async readAfter(database: string, table: string): Promise<number | null> {
    // Maxwell may be away: less that is known lets nothing pass, a record in doubt is a dead letter, or waits.
    await this.#told.since(this.#known.get(`${database}.${table}`)?.readAt ?? performance.now());
    await ifVisible(this.#updater.requestRereadings());
    return (await readingOf(this.#place.database, { database, table })).requestedAt;
  }

  forget(): void {
    this.#known.clear();
  }
}

function isFresh(known: Known, schemaId: number | null): boolean {
  if (schemaId === null) return Date.now() - known.at < believedMs;
  return known.schemaId !== null && schemaId <= known.schemaId;
}

function maxOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
