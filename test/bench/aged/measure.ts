import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import getPort from 'get-port';
import { projectRoot } from '../../../src/config/project-root.ts';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { AlirChild, fromBuild, imageEnvironment } from '../../support/alir-process.ts';
import type { CdcPlace } from '../../support/cdc-place.ts';
import { plainEnvironment } from '../../support/run-cli.ts';

export const measured = ['status', 'doctor', 'scrape', 'plan', 'startup', 'order'] as const;
export type Measured = (typeof measured)[number];

/** Milliseconds. */
export type Times = Record<Measured, number>;

/** Above the orders that the source was seeded with. */
const firstOrder = 1_000_000;

/** One of the two databases, and what is asked of it. */
export class Subject {
  readonly name: 'new' | 'aged';
  readonly #place: CdcPlace;
  readonly #producer: TopicProducer;
  readonly #limitMs: number;
  #orders = 0;

  constructor(name: 'new' | 'aged', place: CdcPlace, limitMs: number) {
    this.name = name;
    this.#place = place;
    this.#limitMs = limitMs;
    this.#producer = new TopicProducer(place.config, place.brokers, createLogger('silent'));
  }

  /** Orders of the course, which come by Maxwell. */
  async seeded(): Promise<number> {
    const [row] = await this.#place.inSource<{ n: bigint | number }>('SELECT COUNT(*) AS n FROM orders');
    return Number(row?.n);
  }

  /** Orders that were sent. */
  get orders(): number {
    return this.#orders;
  }

  /** Starts Alir, which finds one order waiting; measures everything; ends it. */
  async round(): Promise<Times> {
    const port = await getPort();
    const waiting = await this.#send();
    const began = performance.now();
    const alir = new AlirChild(
      ['run'],
      { ...this.#place.environment, ...imageEnvironment, HTTP_PORT: String(port) },
      fromBuild,
    );
    try {
      await this.#applied(waiting);
      const startup = performance.now() - began;
      await alir.says('alir run is ready');
      await delay(3_000); // the keeper's first look at the source, which is a part of neither
      const scrape = await timed(async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
          signal: AbortSignal.timeout(this.#limitMs),
        });
        const text = await answer.text();
        for (const name of ['alir_dead_letters_open', 'alir_replica_table_state', 'alir_table_rows_estimate'])
          if (!text.includes(`# TYPE ${name} gauge`)) throw new Error(`the scrape has no ${name}`);
      });
      const times: number[] = [];
      for (let count = 0; count < 15; count += 1) {
        times.push(await timed(async () => this.#applied(await this.#send())));
        await delay(150);
      }
      const order = median(times);
      const status = await timed(() => this.ask('status', '--json'));
      const doctor = await timed(() => this.ask('doctor', '--json'));
      const plan = await timed(async () => {
        await this.ask('backfill', 'plan', '--pipeline', 'orders', '--json');
        await this.ask('backfill', 'plan', '--pipeline', 'cdc', '--since', '1h', '--json');
      });
      return { status, doctor, scrape, plan, startup, order };
    } finally {
      await alir.end();
    }
  }

  /** Runs a command of Alir; returns its last line, which is JSON. */
  async ask(...args: readonly string[]): Promise<unknown> {
    const { stdout, stderr, timedOut } = await execa(process.execPath, [...fromBuild, ...args], {
      cwd: projectRoot,
      env: plainEnvironment(this.#place.environment),
      extendEnv: false,
      reject: false,
      timeout: this.#limitMs,
      maxBuffer: 2 ** 28,
    });
    const line = stdout.trimEnd().split('\n').at(-1) ?? '';
    if (timedOut || !line.startsWith('{'))
      throw new Error(
        `alir ${args.join(' ')}, ${this.name}: ${timedOut ? `not ended after ${this.#limitMs} ms` : stderr.slice(-2000)}`,
      );
    return JSON.parse(line) as unknown;
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  async #send(): Promise<number> {
    const id = firstOrder + (this.#orders += 1);
    const value = JSON.stringify({ id, order_no: `ORD-${id}`, total: '35000.00' });
    await this.#producer.publish('raw_orders', [{ key: null, value }]);
    return id;
  }

  async #applied(id: number): Promise<void> {
    const { database } = this.#place;
    const began = performance.now();
    while ((await database.$queryRaw<unknown[]>`SELECT 1 FROM orders WHERE id = ${id}`).length === 0) {
      if (performance.now() - began > this.#limitMs)
        throw new Error(`order ${id}, ${this.name}: not applied after ${this.#limitMs} ms`);
      await delay(2);
    }
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN);
}
