import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ComposeStack } from './compose-stack.ts';

interface Status {
  readonly pipelines: readonly {
    readonly pipeline: string;
    readonly counts: { readonly rows: number; readonly deadLettered: number; readonly ignored: number };
    readonly loaded: number;
    readonly gaps: number;
    readonly partitions: readonly { readonly end: number; readonly lag: number }[];
  }[];
}

/** What the stack holds; equal before and after a restart. */
export interface Sums {
  readonly records: number;
  readonly orders: string;
  readonly deadLetters: string;
}

const patienceMs = 240_000;

/**
 * Waits until nothing waits, then compares: every record of the topics is in the audit trail once, every one is loaded,
 * dead-lettered or ignored, and the replica equals its source.
 */
export async function expectNothingLost(stack: ComposeStack): Promise<Sums> {
  let { code, status } = await stack.status<Status>();
  for (let waited = 0; (code !== 0 || lagOf(status) > 0) && waited < patienceMs; waited += 3_000) {
    await delay(3_000);
    ({ code, status } = await stack.status<Status>());
  }
  expect({ code, lag: lagOf(status) }, 'what waits or stands still').toEqual({ code: 0, lag: 0 });
  let records = 0;
  for (const { pipeline, counts, loaded, gaps, partitions } of status?.pipelines ?? []) {
    const ends = partitions.reduce((sum, { end }) => sum + end, 0);
    expect({ pipeline, rows: counts.rows, gaps }).toEqual({ pipeline, rows: ends, gaps: 0 });
    expect(loaded + counts.deadLettered + counts.ignored).toBe(counts.rows);
    records += ends;
  }
  expect(await stack.alirJson<{ equal: boolean }>('verify')).toMatchObject({ equal: true });
  const [orders = ''] = await stack.sql('SELECT CONCAT(COUNT(*), " ", SUM(total)) FROM app_consumer.orders');
  const [deadLetters = ''] = await stack.sql('SELECT COUNT(*) FROM app_consumer.etl_dead_letters');
  return { records, orders, deadLetters };
}

function lagOf(status: Status | null): number {
  if (status === null) return Infinity;
  return status.pipelines.flatMap(({ partitions }) => partitions).reduce((sum, { lag }) => sum + lag, 0);
}
