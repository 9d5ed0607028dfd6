import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, type Connection } from 'mariadb';
import { driverOptions } from '../../src/mysql/connection.ts';
import type { CdcPlace } from '../support/cdc-place.ts';
import { liveTable, soundId, tables } from './backfill-tables.ts';

const writeEveryMs = 250;
const lookEveryMs = 10;
/** Beyond every row that the tables begin with. */
const firstNewId = 500_000_000;

export interface Latency {
  readonly rows: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Which rows of the big tables live traffic changes: none, those that no damage has touched, or any. */
export type Traffic = 'none' | 'sound' | 'any';

/**
 * Applications at work on the source meanwhile. A row goes into a small table four times a second, whether the last one
 * has arrived or not; its latency is the time from the source's commit until the replica shows it. With traffic, the
 * big tables get a new row and a changed one beside each.
 */
export class LiveWriter {
  traffic: Traffic = 'none';
  readonly #source: Connection;
  readonly #replica: Connection;
  readonly #rows: number;
  readonly #newest = new Map<string, { table: string; id: number; note: string }>();
  readonly #waiting: { id: number; since: number }[] = [];
  #taken: number[] = [];
  #random: number;
  #last: number;
  #isStopping = false;
  readonly #done: Promise<unknown>;

  private constructor(source: Connection, replica: Connection, rows: number, seed: number, last: number) {
    this.#source = source;
    this.#replica = replica;
    this.#rows = rows;
    this.#random = seed;
    this.#last = last;
    this.#done = Promise.all([this.#write(), this.#look()]);
    this.#done.catch(() => undefined); // whoever stops it hears of it
  }

  /**
   * @param rows of each big table
   * @param last the highest id that the small table may hold already
   */
  static async start({ config }: CdcPlace, rows: number, seed: number, last = 0): Promise<LiveWriter> {
    const replica = { ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE };
    const [left, right] = await Promise.all([
      createConnection(driverOptions(config.source)),
      createConnection(driverOptions(replica)),
    ]);
    return new LiveWriter(left, right, rows, seed, last);
  }

  /** Resolves when the first row has arrived: until then its topic has to be made and found. */
  async begun(): Promise<void> {
    while (this.#taken.length === 0) await delay(lookEveryMs);
    while (this.#waiting.length > 2) await delay(lookEveryMs);
  }

  /** How long the rows took that have arrived since this was last asked, milliseconds; rows on their way count as of now. */
  latency(): Latency {
    const now = performance.now();
    const taken = [...this.#taken, ...this.#waiting.map(({ since }) => now - since)].sort((a, b) => a - b);
    this.#taken = [];
    const at = (share: number): number => Math.round(taken[Math.ceil(share * taken.length) - 1] ?? NaN);
    return { rows: taken.length, p50: at(0.5), p95: at(0.95), max: at(1) };
  }

  /** Ends when every row has arrived; returns the rows of the big tables that do not hold what was written last. */
  async stop(isCaughtUp: () => Promise<void>): Promise<string[]> {
    this.#isStopping = true;
    await this.#done;
    await isCaughtUp();
    const wrong: string[] = [];
    for (const { table, id, note } of this.#newest.values()) {
      const [row] = await this.#replica.query<{ note: string }[]>(`SELECT note FROM ${table} WHERE id = ?`, [
        id,
      ]);
      if (row?.note !== note) wrong.push(`${table} ${id}: ${row?.note ?? 'missing'}, not ${note}`);
    }
    return wrong;
  }

  /** Ends the connections, and the work if it still goes on. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#waiting.length = 0;
    await this.#done.catch(() => undefined);
    await Promise.all([this.#source.end(), this.#replica.end()]);
  }

  /** Rows of the big tables that it has written. */
  get written(): number {
    return this.#newest.size;
  }

  async #write(): Promise<void> {
    let next = performance.now();
    while (!this.#isStopping) {
      const id = (this.#last += 1);
      await this.#source.query(`INSERT INTO ${liveTable} VALUES (?, UTC_TIMESTAMP(6))`, [id]);
      this.#waiting.push({ id, since: performance.now() });
      if (this.traffic !== 'none') await this.#change(tables[id % tables.length] ?? '', id);
      next = Math.max(next + writeEveryMs, performance.now());
      await delay(next - performance.now());
    }
  }

  async #change(table: string, number: number): Promise<void> {
    const note = `live ${number}`;
    const newId = firstNewId + number;
    await this.#source.query(
      `INSERT INTO ${table} VALUES (?, ?, 7, 'Budi', 'pending', 10.50, ?, '2026-11-25 09:00:00')`,
      [newId, `LIVE-${number}`, note],
    );
    this.#note(table, newId, note);
    this.#random = (this.#random * 1_103_515_245 + 12_345) % 2_147_483_648;
    const any = 1 + (this.#random % (this.#rows - 1));
    const id = this.traffic === 'any' ? any : soundId(table, any);
    if (id === null) return;
    await this.#source.query(`UPDATE ${table} SET note = ?, total = total + 0.25 WHERE id = ?`, [note, id]);
    this.#note(table, id, note);
  }

  #note(table: string, id: number, note: string): void {
    this.#newest.set(`${table} ${id}`, { table, id, note });
  }

  /** One topic has one order: where a row is, all before it are. */
  async #look(): Promise<void> {
    while (!this.#isStopping || this.#waiting.length > 0) {
      const [row] = await this.#replica.query<{ id: bigint | number | null }[]>(
        `SELECT MAX(id) AS id FROM ${liveTable}`,
      );
      const now = performance.now();
      while (this.#waiting[0] && this.#waiting[0].id <= Number(row?.id ?? 0))
        this.#taken.push(now - (this.#waiting.shift()?.since ?? now));
      await delay(lookEveryMs);
    }
  }
}
