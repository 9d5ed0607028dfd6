import { Gauge, type Registry } from 'prom-client';
import { lagBehindSource } from './replication-lag.ts';

/** What waits in a partition that this process reads. */
export interface WaitingPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  /** Timestamp of the oldest record that waits, milliseconds since 1970; null: none does, or it is not read yet. */
  readonly oldestMs: number | null;
  /** Since when the batch in flight runs, milliseconds since 1970; null: none does. */
  readonly runsSinceMs: number | null;
  /** The source table that it replicates. */
  readonly table: { readonly database: string; readonly table: string } | null;
}

const perPartition = {
  alir_consumer_lag_records: {
    help: 'Offsets of a partition that are not committed yet',
    valueOf: ({ records }: WaitingPartition): number => records,
  },
  alir_consumer_lag_seconds: {
    help: 'Age of the oldest record of a partition that has been read but not committed; 0: none waits',
    valueOf: ({ oldestMs }: WaitingPartition): number => ageOf(oldestMs),
  },
  alir_batch_in_flight_seconds: {
    help: 'How long the batch in flight of a partition has been running; 0: none is in flight',
    valueOf: ({ runsSinceMs }: WaitingPartition): number => ageOf(runsSinceMs),
  },
};

/**
 * Registers the gauges of what waits, filled at every scrape.
 *
 * @param lagOfLastBatch seconds, of the newest batch of a topic; undefined: there was none here
 * @param lagOfMaxwell seconds, of what is in no topic yet; null: not known
 */
export function registerWaiting(
  registry: Registry,
  waiting: () => readonly WaitingPartition[],
  lagOfLastBatch: (topic: string) => number | undefined,
  lagOfMaxwell: () => Promise<number | null>,
): void {
  for (const [name, { help, valueOf }] of Object.entries(perPartition)) {
    new Gauge({
      name,
      help,
      labelNames: ['topic', 'partition', 'group'],
      registers: [registry],
      collect() {
        this.reset(); // a partition that has moved to another process is reported there
        for (const each of waiting()) {
          const { topic, partition, group } = each;
          this.set({ topic, partition: String(partition), group }, valueOf(each));
        }
      },
    });
  }
  new Gauge({
    name: 'alir_replication_lag_seconds',
    help: 'How far the replica of a table is behind its source, commit to commit; 0: nothing waits; absent: unknown',
    labelNames: ['database', 'table'],
    registers: [registry],
    async collect() {
      const ofMaxwell = await lagOfMaxwell();
      this.reset();
      for (const partition of waiting()) {
        if (partition.table === null) continue;
        const lag = lagBehindSource(lagOf(partition, lagOfLastBatch(partition.topic)), ofMaxwell);
        if (lag !== null) this.set(partition.table, lag);
      }
    },
  });
}

function ageOf(moment: number | null): number {
  return moment === null ? 0 : Math.max(0, Date.now() - moment) / 1000;
}

/**
 * Kafka knows when a record was sent, the batch before it when the source committed: where Maxwell itself was behind,
 * the second is the greater one.
 */
function lagOf({ records, oldestMs }: WaitingPartition, ofLastBatch = 0): number {
  return records === 0 ? 0 : Math.max(ofLastBatch, ageOf(oldestMs));
}
