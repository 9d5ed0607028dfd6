import { setTimeout as delay } from 'node:timers/promises';
import type { TopicProducer } from '../kafka/producer.ts';
import { ExpectedResult } from './simulator/expected-result.ts';
import { simulateOrders, type SimulatedOrder, type SimulationOptions } from './simulator/simulate-orders.ts';

export interface SendOptions extends SimulationOptions {
  readonly topic: string;
  /** Messages a second; absent: as fast as the broker takes them. */
  readonly rate?: number;
  readonly onProgress?: (sent: number) => void;
}

const chunkSize = 2_000;

/**
 * Sends simulated orders to a topic and tells what must become of them. Keyless, as Laravel sends them: they are
 * spread over all partitions, chunk by chunk.
 */
export async function sendOrders(producer: TopicProducer, options: SendOptions): Promise<ExpectedResult> {
  const expected = new ExpectedResult();
  const started = performance.now();
  const size = chunkSizeOf(options);
  let chunk: SimulatedOrder[] = [];
  const flush = async (): Promise<void> => {
    await producer.publish(options.topic, chunk);
    chunk = [];
    options.onProgress?.(expected.sent);
    if (!options.rate) return;
    const due = (expected.sent / options.rate) * 1000;
    await delay(Math.max(0, due - (performance.now() - started)));
  };
  for (const order of simulateOrders(options)) {
    expected.add(order);
    chunk.push(order);
    if (chunk.length >= size) await flush();
  }
  if (chunk.length > 0) await flush();
  return expected;
}

/** Small enough for a steady rate, and for a few messages to reach every partition. */
function chunkSizeOf({ count, rate }: SendOptions): number {
  const wanted = rate ? Math.ceil(rate / 20) : Math.ceil(count / 12);
  return Math.max(1, Math.min(chunkSize, wanted));
}

/** Options for orders that nobody has sent before: ids and times go up with the clock. */
export function freshOrders(
  count: number,
  stepMs = 10,
): Pick<SimulationOptions, 'firstId' | 'startedAt' | 'stepMs'> {
  const now = Date.now();
  const since = BigInt(now - Date.UTC(2026, 0, 1));
  return { firstId: 9_007_199_254_740_993n + since * 1_000n, startedAt: now - count * stepMs, stepMs };
}
