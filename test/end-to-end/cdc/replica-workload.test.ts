import { afterEach, beforeEach, expect, test } from 'vitest';
import { sumCounts } from '../../../src/database/batches.ts';
import { seedsOf } from '../../cdc/seeds.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

const largeRows = 500;

let place: CdcPlace;

beforeEach(async () => {
  place = await startCdcPlace();
});
afterEach(() => place?.close());

test.each(seedsOf('mysql'))(
  'random work with changes of the schema, seed $seed: the replica is equal, and nothing is poison',
  async ({ seed, steps }) => {
    const workload = place.workload(seed, { largeRows });
    await workload.prepare();
    await workload.run((summary) => summary.steps === 20);
    const alir = await place.run();
    await workload.run((summary) => summary.steps === steps);
    await workload.close();
    await place.caughtUp(60_000);
    expect(await place.differences()).toEqual([]);
    const { counts } = await sumCounts(place.database, 'cdc');
    expect(counts.deadLettered).toBe(0);
    expect(counts.rows).toBeGreaterThan(steps);
    expect(await alir.end()).toBe(0);
  },
);
