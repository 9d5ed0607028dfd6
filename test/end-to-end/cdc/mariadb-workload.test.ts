import { afterEach, expect, test } from 'vitest';
import { AlirError } from '../../../src/errors/alir-error.ts';
import { sumCounts } from '../../../src/metadata/batches.ts';
import { obtainMariadb } from '../../../src/lab/stack/native/obtain/mariadb.ts';
import { seedsOf } from '../../cdc/seeds.ts';
import { unexpectedLetters } from '../../cdc/unexpected-letters.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

let place: CdcPlace | undefined;

afterEach(() => place?.close());

/** Why there is no MariaDB on this machine; null: there is one. */
async function missing(): Promise<string | null> {
  try {
    await obtainMariadb(() => undefined);
    return null;
  } catch (error) {
    if (error instanceof AlirError && /^(TOOL_MISSING|DOWNLOAD_FAILED)$/.test(error.code))
      return error.message;
    throw error;
  }
}

test.for(seedsOf('mariadb'))(
  'random work with changes of the schema on MariaDB, seed $seed: the replica is equal',
  { timeout: 400_000 },
  async ({ seed, steps }, context) => {
    const reason = await missing();
    if (reason !== null) process.stderr.write(`No MariaDB, so its workload is skipped: ${reason}\n`);
    context.skip(reason !== null, reason ?? '');
    process.stderr.write(`MariaDB, seed ${seed}\n`);

    place = await startCdcPlace({ source: 'mariadb' });
    const workload = place.workload(seed, { largeRows: 300 });
    await workload.prepare();
    await workload.run((summary) => summary.steps === 20);
    const alir = await place.run();
    await workload.run((summary) => summary.steps === steps);
    // Tables that have just been read hide what a live change of them would have come to.
    await place.caughtUp(60_000);
    await workload.runRows(200);
    await workload.close();
    expect(Object.keys(workload.summary.kinds)).toContain('add column');
    await place.caughtUp(60_000);
    expect(await place.differences()).toEqual([]);
    const { counts } = await sumCounts(place.database, 'cdc');
    expect(await unexpectedLetters(place.database)).toEqual([]);
    expect(counts.rows).toBeGreaterThan(steps);
    expect(await alir.end()).toBe(0);

    await place.inSource(
      'INSERT INTO floats (id, single, rate) VALUES ' +
        '(4000000001, 16777215, 1), (4000000002, 2, 0.1), (4000000003, NULL, 0)',
    );
    await place.inReplica(
      'INSERT INTO floats (id, single, rate) VALUES ' +
        '(4000000001, 16777214, 1), (4000000002, 2, 0.10000000000000002), (4000000004, NULL, 0)',
    );
    expect(await place.differences('floats')).toEqual([
      'floats: 1 single: id=4000000001',
      'floats: 1 rate: id=4000000002',
      'floats: 1 missing: id=4000000003',
      'floats: 1 surplus: id=4000000004',
    ]);
  },
);
