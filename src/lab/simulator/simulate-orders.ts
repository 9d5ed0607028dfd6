import type { ErrorCode } from '../../errors/catalogue.ts';
import { changedDraft, newDraft, type OrderDraft } from './draft.ts';
import { phpObject } from './php-json.ts';
import { poisons } from './poison.ts';
import { Random } from './random.ts';
import { writeDraft } from './write-draft.ts';

/** Ids of simulated orders begin beyond what a double holds, apart from those of the demo's seed. */
export const firstSimulatedId = 9_007_199_254_740_993n;

export interface SimulationOptions {
  /** Messages, bad and repeated ones included. */
  readonly count: number;
  readonly seed?: number;
  /** Share of bad messages, 0 to 1. */
  readonly badShare?: number;
  /** Share of messages with an id that was sent before, in a newer or an older version, 0 to 1. */
  readonly repeatShare?: number;
  readonly firstId?: bigint;
  /** updated_at of the first order, milliseconds since 1970. */
  readonly startedAt?: number;
  /** From one order to the next, whole milliseconds, at least 1: no two versions of an order are of the same time. */
  readonly stepMs?: number;
}

/** A message for raw_orders, shaped as laravel-kafka sends it (no key), and the truth about it. */
export interface SimulatedOrder {
  readonly key: null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly truth: Truth;
}

export type Truth =
  | { readonly kind: 'good'; readonly draft: OrderDraft }
  | { readonly kind: 'bad'; readonly poison: string; readonly code: ErrorCode };

/** Orders that may come again: the last few thousand, as in a shop. */
const remembered = 4096;

interface Sent {
  newest: OrderDraft;
  oldestAt: number;
}

/** A stream of orders, the same for the same options. */
export function* simulateOrders(options: SimulationOptions): Generator<SimulatedOrder, void, void> {
  const { count, seed = 1, badShare = 0, repeatShare = 0, stepMs = 10 } = options;
  const random = new Random(seed);
  const recent: Sent[] = [];
  let orders = 0;
  let nextId = options.firstId ?? firstSimulatedId;
  let clock = options.startedAt ?? Date.UTC(2026, 0, 5, 1);
  for (let index = 0; index < count; index++) {
    clock += stepMs;
    const headers = headersOf(random);
    if (random.chance(badShare)) {
      const poison = random.pick(poisons);
      const value = poison.spoil(writeDraft(newDraft(nextId++, clock, random), random));
      yield { key: null, value, headers, truth: { kind: 'bad', poison: poison.name, code: poison.code } };
      continue;
    }
    let draft: OrderDraft;
    if (recent.length > 0 && random.chance(repeatShare)) draft = repeat(random.pick(recent), clock, random);
    else {
      draft = newDraft(nextId++, clock, random);
      recent[orders++ % remembered] = { newest: draft, oldestAt: clock };
    }
    const value = Buffer.from(phpObject(writeDraft(draft, random)), 'utf8');
    yield { key: null, value, headers, truth: { kind: 'good', draft } };
  }
}

function repeat(sent: Sent, clock: number, random: Random): OrderDraft {
  if (random.chance(0.5)) return (sent.newest = changedDraft(sent.newest, clock, random));
  sent.oldestAt -= 1 + random.whole(60_000);
  return changedDraft(sent.newest, sent.oldestAt, random);
}

function headersOf(random: Random): Record<string, string> {
  return { 'laravel-kafka::message-id': uuid(random), 'correlation-id': uuid(random) };
}

/** A UUID of version 4, from the simulation's own random numbers. */
function uuid(random: Random): string {
  const [a, b, c, d] = [hex8(random), hex8(random), hex8(random), hex8(random)];
  const variant = '89ab'.charAt(random.whole(4));
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 32 random bits in hexadecimal; by a table, which is four times as fast as toString(16). */
function hex8(random: Random): string {
  const bits = random.bits();
  const byte = (shift: number) => hexOfByte[(bits >>> shift) & 255] as string;
  return byte(24) + byte(16) + byte(8) + byte(0);
}
