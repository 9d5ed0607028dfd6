import type { Client } from '@temporalio/client';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { backfillWorkflowId, type BackfillProgress } from '../../temporal/contract.ts';
import { startCdcPlace, type CdcPlace } from '../support/cdc-place.ts';
import { isFull } from '../support/full.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

const rows = isFull ? 40_000 : 16_000;
/** Offsets of a page: an attempt that is lost may take the progress back by as much. */
const page = 5_000;
/** Slow enough that a backfill with three tenths left still runs when the next command has reached it. */
const rate = '500';

interface Ended {
  readonly id: string;
  readonly state: string;
  readonly counts: BatchCounts;
}

async function backfill(place: CdcPlace, ...args: string[]): Promise<Ended> {
  const result = await runCli(['backfill', ...args, '--json'], {
    environment: place.environment,
    timeoutMs: 120_000,
  });
  expect(result.code, result.stderr).toBe(0);
  return lastJson(result) as Ended;
}

/** Watches a backfill by query, through everything that dies meanwhile. */
class Watch {
  readonly #place: CdcPlace;
  readonly #id: string;
  #client: Client | undefined;
  /** Every progress that was seen, in order. */
  readonly seen: number[] = [];

  constructor(place: CdcPlace, id: string) {
    this.#place = place;
    this.#id = id;
  }

  async look(): Promise<BackfillProgress | null> {
    try {
      this.#client ??= await connectTemporal(this.#place.config);
      const handle = this.#client.workflow.getHandle(backfillWorkflowId(this.#id));
      const progress = await this.#client.withDeadline(Date.now() + 2_000, () =>
        handle.query<BackfillProgress>('backfillProgress'),
      );
      this.seen.push(progress.done);
      return progress;
    } catch {
      return null; // no worker, or no server, at the moment
    }
  }

  /** Resolves when that many rows are done: breaking is keyed on progress, not on time. */
  async done(share: number): Promise<void> {
    await expect
      .poll(async () => (await this.look())?.done ?? 0, { timeout: 120_000, interval: 100 })
      .toBeGreaterThanOrEqual(share * rows);
  }

  async ended(): Promise<void> {
    await expect
      .poll(async () => (await this.look())?.state, { timeout: 180_000, interval: 100 })
      .toBe('completed');
  }

  async close(): Promise<void> {
    await this.#client?.connection.close();
  }
}

test.each([
  ['kafka', []],
  ['source', ['--allow-deletes']],
] as const)(
  'by way of %s: paused, and Alir, Temporal, the broker and MySQL killed in turn: equal, and no row counted twice',
  async (via, options) => {
    const place = await startCdcPlace({ restart: true });
    onTestFinished(() => place.close());
    let alir = await place.run();
    onTestFailed(() => void process.stderr.write(`${alir.output.slice(-6000)}\n`));
    onTestFinished(async () => void (await alir.end('SIGKILL')));
    await place.inSource(
      'CREATE TABLE items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(80) NOT NULL, n INT NOT NULL)',
    );
    await place.caughtUp();
    await place.inSource(
      "INSERT INTO items (name, n) VALUES ('item', 0)",
      ...Array.from(
        { length: 13 + Math.ceil((rows - 8_192) / 8_000) }, // doubled up to 8,192 rows, then 8,000 more each time
        () => "INSERT INTO items (name, n) SELECT CONCAT('item ', id), id FROM items LIMIT 8000",
      ),
    );
    await place.caughtUp();
    await place.inReplica("UPDATE items SET name = 'damaged'");

    const selected = ['--pipeline', 'cdc', '--table', 'items', '--via', via, ...options];
    const { id } = await backfill(place, 'run', ...selected, '--max-rows-per-second', rate);
    const watch = new Watch(place, id);
    onTestFinished(() => watch.close());

    await watch.done(0.1);
    await alir.end('SIGKILL');
    alir = await place.run();
    await watch.done(0.25);
    await place.stack.kill('temporal');
    // What is changed meanwhile is newer than anything that the backfill brings.
    await place.inSource("UPDATE items SET name = 'newer' WHERE id % 3 = 0");
    await place.stack.start('temporal');
    await watch.done(0.4);
    await backfill(place, 'pause', id);
    await expect.poll(async () => (await watch.look())?.state, { timeout: 60_000 }).toBe('paused');
    await place.stack.kill('kafka');
    await place.stack.start('kafka');
    await backfill(place, 'resume', id);
    await watch.done(0.55);
    await place.stack.kill('mysql');
    await place.stack.start('mysql');
    await watch.done(0.7);
    await backfill(place, 'rate', id, 'none');
    await watch.ended();

    const { state, counts } = await backfill(place, 'status', id);
    expect(state).toBe('completed');
    await place.caughtUp(180_000);
    expect(await place.differences('items')).toEqual([]);
    const backwards = watch.seen.map((done, index) => (watch.seen[index - 1] ?? 0) - done);
    expect(Math.max(...backwards)).toBeLessThanOrEqual(page);
    const [audited] = await place.database.$queryRawUnsafe<
      { n: unknown; ranges: unknown; starts: unknown }[]
    >(
      'SELECT SUM(row_count) AS n, COUNT(*) AS ranges, COUNT(DISTINCT first_offset) AS starts FROM etl_batches WHERE run = ?',
      id,
    );
    if (via === 'kafka') {
      expect(Number(audited?.n)).toBe(counts.rows);
      expect(audited?.ranges).toEqual(audited?.starts);
    } else {
      const [source] = await place.inSource<{ n: unknown }>('SELECT COUNT(*) AS n FROM items');
      expect(counts.rows).toBe(Number(source?.n));
    }
    expect(await alir.end()).toBe(0);
  },
  900_000, // each server that comes back is waited for by all
);
