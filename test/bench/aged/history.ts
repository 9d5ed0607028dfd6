import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';

/** How much has happened in the past that is made up. */
export interface Sizes {
  /** Rows of etl_batches, of a year of them. */
  readonly batches: number;
  readonly fences: number;
  readonly letters: number;
  /** Of the dead letters those that nobody has closed. */
  readonly openLetters: number;
  readonly backfills: number;
  /** Tables of the source, each with its replica. */
  readonly tables: number;
}

/** Offsets of each batch. */
export const offsetsOfBatch = 5;

export const secondsOfYear = 31_536_000;

/** A partition, and its part of the past. */
export interface Stream {
  readonly pipeline: string;
  readonly topic: string;
  readonly partition: number;
  /** Batches of it in each round. */
  readonly share: number;
}

/** The past of a database: a number of rounds, in each of which every partition has its share of batches. */
export class History {
  readonly sizes: Sizes;
  readonly source: string;
  readonly tables: readonly string[];
  readonly streams: readonly Stream[];
  /** Batches of a round. */
  readonly ofRound: number;
  readonly rounds: number;

  /** @param source name of the source database */
  constructor(sizes: Sizes, source: string) {
    this.sizes = sizes;
    this.source = source;
    this.tables = Array.from(
      { length: sizes.tables },
      (_, index) => `t${String(index + 1).padStart(4, '0')}`,
    );
    // A fifth are orders; ten tables change all the time, the others now and then.
    const cdc = this.tables.map((table, index): Stream => {
      const topic = topicOf(source, table);
      return { pipeline: 'cdc', topic, partition: 0, share: index < 10 ? 100 : 1 };
    });
    const ofCdc = cdc.reduce((sum, { share }) => sum + share, 0);
    const orders = [0, 1, 2].map((partition): Stream => {
      return { pipeline: 'orders', topic: 'raw_orders', partition, share: Math.ceil(ofCdc / 12) };
    });
    this.streams = [...orders, ...cdc];
    this.ofRound = this.streams.reduce((sum, { share }) => sum + share, 0);
    this.rounds = Math.max(1, Math.round(sizes.batches / this.ofRound));
  }

  /** Of so many batches, in the order of time, the first has a dead letter. */
  get batchesOfLetter(): number {
    return Math.max(1, Math.floor((this.rounds * this.ofRound) / this.sizes.letters));
  }

  /** The first offset of a partition that has not been applied. */
  endOf({ share }: Stream): number {
    return this.rounds * share * offsetsOfBatch;
  }

  /** Batches of a pipeline. */
  batchesOf(pipeline: string): number {
    const shares = this.streams.filter((stream) => stream.pipeline === pipeline);
    return this.rounds * shares.reduce((sum, { share }) => sum + share, 0);
  }
}
