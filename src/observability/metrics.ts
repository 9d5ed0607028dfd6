import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { registerSampled, type SampledGauges } from './sampled-gauges.ts';
import { registerWaiting, type WaitingPartition } from './waiting-gauges.ts';

/** A batch that was applied and committed. */
export interface ObservedBatch {
  readonly pipeline: string;
  /** Records by what became of them; they sum to `rows`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly rows: number;
  /** Dead letters by their code. */
  readonly deadLetters: ReadonlyMap<string, number>;
  /** From the cut of the batch to its commit; null: it was none of the live flow. */
  readonly seconds: number | null;
  /** From the commit of its newest change in the source to its own; null: not known. */
  readonly lagSeconds: number | null;
  readonly topic: string;
  readonly partition: number;
  /** Offsets, both inclusive. */
  readonly first: number;
  readonly last: number;
}

/** Offsets of a partition that nobody will read any more. */
export interface SkippedOffsets {
  readonly pipeline: string;
  readonly topic: string;
  readonly first: number;
  readonly last: number;
}

/** The metrics of a process, docs/guide/metrics.md. Observing one batch costs the same whatever its size. */
export class Metrics {
  readonly #registry = new Registry();
  /** Of the newest batch of each topic. */
  readonly #lags = new Map<string, number>();
  readonly #records = new Counter({
    name: 'alir_records_total',
    help: 'Records of committed batches, by outcome',
    labelNames: ['pipeline', 'outcome'],
    registers: [this.#registry],
  });
  readonly #deadLetters = new Counter({
    name: 'alir_dead_letters_total',
    help: 'Records that became dead letters, by the code of the error',
    labelNames: ['pipeline', 'code'],
    registers: [this.#registry],
  });
  readonly #rows = new Histogram({
    name: 'alir_batch_rows',
    help: 'Records of a committed batch',
    labelNames: ['pipeline'],
    buckets: [1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000, 50_000],
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: 'alir_batch_duration_seconds',
    help: 'From the cut of a live batch to its commit in the target',
    labelNames: ['pipeline'],
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
    registers: [this.#registry],
  });
  readonly #delay = new Histogram({
    name: 'alir_source_to_target_seconds',
    help: 'From the commit of the newest change of a live batch in the source to its commit in the target',
    labelNames: ['pipeline'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800],
    registers: [this.#registry],
  });

  readonly #skipped = new Counter({
    name: 'alir_skipped_offsets_total',
    help: 'Offsets that Kafka removed from a topic before Alir read them',
    labelNames: ['pipeline', 'topic'],
    registers: [this.#registry],
  });
  readonly #failures = new Counter({
    name: 'alir_reading_failures_total',
    help: 'Failed readings for gauges; such a gauge has no samples meanwhile',
    labelNames: ['reading'],
    registers: [this.#registry],
  });
  readonly #texts: { readonly reading: string; readonly text: () => Promise<string> }[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Shows a pipeline with zeros: the first batch of a counter that did not exist is no increase to Prometheus. */
  begin(pipeline: string, outcomes: readonly string[]): void {
    for (const outcome of outcomes) this.#records.inc({ pipeline, outcome }, 0);
    for (const histogram of [this.#rows, this.#duration, this.#delay]) histogram.zero({ pipeline });
  }

  /** Counts a batch; call it once for each that was committed. */
  observe(batch: ObservedBatch): void {
    const { pipeline } = batch;
    for (const [outcome, records] of Object.entries(batch.outcomes))
      this.#records.inc({ pipeline, outcome }, records);
    for (const [code, letters] of batch.deadLetters) this.#deadLetters.inc({ pipeline, code }, letters);
    this.#rows.observe({ pipeline }, batch.rows);
    if (batch.seconds !== null) this.#duration.observe({ pipeline }, batch.seconds);
    if (batch.lagSeconds === null) return;
    this.#delay.observe({ pipeline }, batch.lagSeconds);
    this.#lags.set(batch.topic, batch.lagSeconds);
  }

  /** Counts offsets that nobody will read any more. */
  observeGap({ pipeline, topic, first, last }: SkippedOffsets): void {
    this.#skipped.inc({ pipeline, topic }, last - first + 1);
  }

  /**
   * Adds the gauges of what waits; both are asked at every scrape.
   *
   * @param lagOfMaxwell seconds, of what is in no topic yet; null: not known
   */
  watch(waiting: () => readonly WaitingPartition[], lagOfMaxwell: () => Promise<number | null>): void {
    registerWaiting(this.#registry, waiting, (topic) => this.#lags.get(topic), lagOfMaxwell);
  }

  /** Adds gauges that a reading fills, at most once in its pace. */
  sample<Name extends string>(sampled: SampledGauges<Name>): void {
    const { reading } = sampled;
    this.#failures.inc({ reading }, 0); // so that the first failure is seen as an increase
    registerSampled(this.#registry, sampled, () => this.#failures.inc({ reading }));
  }

  /** Adds what another library prints in the same format, under names of its own. */
  include(reading: string, text: () => Promise<string>): void {
    this.#failures.inc({ reading }, 0);
    this.#texts.push({ reading, text });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in Prometheus's text format. */
  async text(): Promise<string> {
    const others = await Promise.all(
      this.#texts.map(({ reading, text }) =>
        text().catch(() => {
          this.#failures.inc({ reading });
          return '';
        }),
      ),
    );
    return [await this.#registry.metrics(), ...others].join('\n');
  }
}
