import { afterEach, beforeEach, expect, test } from 'vitest';
import { sumCounts } from '../../../src/metadata/batches.ts';
import { seedsOf } from '../../cdc/seeds.ts';
import { unexpectedLetters } from '../../cdc/unexpected-letters.ts';
import { isFull } from '../../support/full.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

const largeRows = 500;

let place: CdcPlace;

beforeEach(async () => {
  place = await startCdcPlace();
});
afterEach(() => place?.close());

test.each(seedsOf('mysql').slice(0, isFull ? undefined : 1))(
  'random work with changes of the schema, seed $seed: the replica is equal, and nothing is poison',
  async ({ seed, steps }) => {
    const workload = place.workload(seed, { largeRows });
    await workload.prepare();
    await workload.run((summary) => summary.steps === 20);
    const alir = await place.run();
    await workload.run((summary) => summary.steps === steps);
    // Tables that have just been read hide what a live change of them would have come to.
    await place.caughtUp(60_000);
    await workload.runRows(200);
    await workload.close();
    await place.caughtUp(60_000);
    expect(await place.differences()).toEqual([]);
    const { counts } = await sumCounts(place.database, 'cdc');
    expect(await unexpectedLetters(place.database)).toEqual([]);
    expect(counts.rows).toBeGreaterThan(steps);
    expect(await alir.end()).toBe(0);
  },
);
