import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

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
}

/** What waits in a partition that this process reads. */
export interface WaitingPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  /** Timestamp of the oldest record that waits, milliseconds since 1970; null: none does, or it is not read yet. */
  readonly oldestMs: number | null;
  /** The source table that it replicates. */
  readonly table: { readonly database: string; readonly table: string } | null;
}

/** The metrics of a process, docs/guide/metrics.md. Observing one batch costs the same whatever its size. */
export class Metrics {
  readonly #registry = new Registry();
  /** Of the newest batch of each topic. */
  readonly #lags = new Map<string, number>();
  readonly #records = new Counter({
    name: 'alir_records_total',
    help: 'Records of committed batches by what became of them',
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

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
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

  /** Adds the gauges of what waits; `waiting` is asked at every scrape. */
  watch(waiting: () => readonly WaitingPartition[]): void {
    const lags = this.#lags;
    new Gauge({
      name: 'alir_consumer_lag_records',
      help: 'Offsets of a partition that are not committed yet',
      labelNames: ['topic', 'partition', 'group'],
      registers: [this.#registry],
      collect() {
        this.reset(); // a partition that has moved to another process is reported there
        for (const { topic, partition, group, records } of waiting())
          this.set({ topic, partition: String(partition), group }, records);
      },
    });
    new Gauge({
      name: 'alir_replication_lag_seconds',
      help: 'How far the replica of a table is behind its source, commit to commit; 0: nothing waits',
      labelNames: ['database', 'table'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const partition of waiting())
          if (partition.table !== null)
            this.set(partition.table, lagOf(partition, lags.get(partition.topic)));
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/**
 * Kafka knows when a record was sent, the batch before it when the source committed: where Maxwell itself was behind,
 * the second is the greater one.
 */
function lagOf({ records, oldestMs }: WaitingPartition, ofLastBatch = 0): number {
  if (records === 0) return 0;
  return Math.max(ofLastBatch, oldestMs === null ? 0 : (Date.now() - oldestMs) / 1000);
}
