import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { apply, createNotes, put } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const rowsOfBatch = 500;
const rowBytes = 2_000;
const batchBytes = rowsOfBatch * rowBytes;

test('rows of past batches are not kept in memory', async () => {
  const { database, close } = await testDatabase();
  onTestFinished(close);
  await createNotes(database);
  await database.$executeRawUnsafe('ALTER TABLE notes MODIFY body LONGTEXT');
  const applyBatches = async (from: number, batches: number): Promise<void> => {
    for (let first = from; first < from + batches * rowsOfBatch; first += rowsOfBatch) {
      const offsets = Array.from({ length: rowsOfBatch }, (_, row) => first + row);
      const body = String(first).padStart(rowBytes, '.');
      await apply(
        database,
        offsets.map((offset) => put(offset, offset, { body })),
        { first },
      );
    }
  };
  const heapBytes = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  await applyBatches(0, 3);
  const before = heapBytes();
  await applyBatches(1_000_000, 20);
  expect(heapBytes() - before).toBeLessThan(2 * batchBytes);
});
