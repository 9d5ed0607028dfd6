import { domains, familyNames, givenNames, notes, products } from './bookshop.ts';
import type { Random } from './random.ts';

/** An order before it is written: the truth that a table must show in the end. Times are milliseconds since 1970. */
export interface OrderDraft {
  readonly id: bigint;
  readonly orderNo: string;
  readonly customerId: number;
  readonly email: string;
  /** Digits behind +62. */
  readonly phone: string;
  readonly status: string;
  readonly lines: readonly DraftLine[];
  /** Rupiah that the order states; false in a few orders. */
  readonly statedTotal: number;
  readonly note: string | null;
  readonly orderedAt: number;
  readonly updatedAt: number;
}

export interface DraftLine {
  readonly sku: string;
  readonly qty: number;
  /** Rupiah. */
  readonly price: number;
  readonly grams: number;
}

const laterStatuses = ['paid', 'paid', 'shipped', 'done', 'cancelled'] as const;

/** Orders whose stated total is wrong: people correct prices by hand. */
const wrongTotals = 0.02;

/** A new order, placed at `at`. */
export function newDraft(id: bigint, at: number, random: Random): OrderDraft {
  const given = random.pick(givenNames);
  const lines = Array.from({ length: 1 + random.whole(3) }, () => newLine(random));
  return {
    id,
    orderNo: `ORD-${new Date(at).getUTCFullYear()}-${id.toString().slice(-9)}`,
    customerId: 1 + random.whole(50_000),
    email: `${given}.${random.pick(familyNames)}${random.whole(1000)}@${random.pick(domains)}`,
    phone: `8${1 + random.whole(9)}${String(random.bits()).padStart(10, '0').slice(0, 9)}`,
    status: random.pick(['pending', 'paid']),
    lines,
    statedTotal: totalOf(lines) + (random.chance(wrongTotals) ? 1000 : 0),
    note: random.chance(0.2) ? random.pick(notes) : null,
    orderedAt: at - random.whole(3_600_000),
    updatedAt: at,
  };
}

/** The same order in another version: another status, sometimes another quantity. */
export function changedDraft(draft: OrderDraft, updatedAt: number, random: Random): OrderDraft {
  const lines = random.chance(0.3)
    ? draft.lines.map((line) => ({ ...line, qty: line.qty + 1 }))
    : draft.lines;
  return { ...draft, status: random.pick(laterStatuses), lines, statedTotal: totalOf(lines), updatedAt };
}

/** Rupiah of all lines. */
export function totalOf(lines: readonly DraftLine[]): number {
  return lines.reduce((sum, line) => sum + line.qty * line.price, 0);
}

function newLine(random: Random): DraftLine {
  const { sku, price, grams } = random.pick(products);
  return { sku, price, grams, qty: 1 + random.whole(4) };
}
