import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

let place: CdcPlace;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

const deadLettersOf = (table: string) =>
  place.database.etlDeadLetter.findMany({
    where: { topic: topicOf('app_producer', table) },
    select: { code: true, reason: true },
  });

test('rows from before, between and after ALTERs, all in flight when Alir starts, are a replica without poison', async () => {
  await place.inSource(
    "CREATE TABLE altered (id INT PRIMARY KEY, e ENUM('a','b','c'), n INT UNSIGNED, b BINARY(2), t DATETIME(6), " +
      's VARCHAR(20), gone INT, code INT)',
    "INSERT INTO altered VALUES (1, 'c', 4000000000, x'0100', '2026-11-25 08:00:00.123456', 'satu', 1, 17)",
    "INSERT INTO altered VALUES (2, 'a', 7, x'0102', '2026-11-25 08:00:00', 'dua', 2, 18)",
    "UPDATE altered SET n = 5, e = 'b', t = '2026-11-25 08:00:01' WHERE id = 1",
    "ALTER TABLE altered MODIFY e ENUM('b','a'), MODIFY n INT, MODIFY b BINARY(4), MODIFY t DATETIME",
    "INSERT INTO altered VALUES (3, 'a', -5, x'01020300', '2026-11-25 08:00:02', 'tiga', 3, 19)",
    'ALTER TABLE altered CHANGE s renamed VARCHAR(30), DROP COLUMN gone, ADD COLUMN added INT NOT NULL DEFAULT 5',
    "INSERT INTO altered VALUES (4, 'b', 1, x'04', '2026-11-25 08:00:03', 'empat', 20, 6)",
    'ALTER TABLE altered MODIFY code VARCHAR(20)',
    "UPDATE altered SET code = 'ABC' WHERE id = 4",
    'UPDATE altered SET n = n + 1 WHERE id = 2',
  );
  alir = await place.run();
  await place.caughtUp(120_000);
  expect(await place.differences('altered:')).toEqual([]);
  expect(await deadLettersOf('altered')).toEqual([]);
});
