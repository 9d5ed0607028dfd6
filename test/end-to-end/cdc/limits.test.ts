import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

let place: CdcPlace;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir.output.slice(-3000)}\n`));
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

async function expectEqual(table: string): Promise<void> {
  await place.caughtUp(60_000);
  expect(await place.differences(`${table}:`)).toEqual([]);
  expect(await deadLettersOf(table)).toEqual([]);
}

const nines = '9'.repeat(35) + '.' + '9'.repeat(30);

test('the greatest and least numbers and times, inserted, updated, deleted', async () => {
  const rows = [
    `(18446744073709551615, ${nines}, '9999-12-31 23:59:59.999999', 9223372036854775807)`,
    `(18446744073709551614, -${nines}, '1000-01-01 00:00:00.000001', -9223372036854775808)`,
    `(9223372036854775808, 1e-30, '2026-11-23 08:15:00.100000', -9007199254740993)`,
    '(0, 0, NULL, 0)',
  ];
  await place.inSource(
    'CREATE TABLE greatest (id BIGINT UNSIGNED PRIMARY KEY, d DECIMAL(65,30), t DATETIME(6), n BIGINT)',
    `INSERT INTO greatest VALUES ${rows.join(', ')}`,
  );
  await expectEqual('greatest');
  await place.inSource(
    'UPDATE greatest SET d = -d, n = 1 WHERE id >= 9223372036854775808',
    'DELETE FROM greatest WHERE id = 18446744073709551614',
    'UPDATE greatest SET id = 18446744073709551614 WHERE id = 18446744073709551615',
  );
  await expectEqual('greatest');
  expect(
    await place.inReplica('SELECT CONCAT(id) AS id, CONCAT(d) AS d FROM greatest WHERE id > 1e19'),
  ).toEqual([{ id: '18446744073709551614', d: `-${nines}` }]);
});

test('four-byte characters, decimals and microseconds in keys', async () => {
  await place.inSource(
    'CREATE TABLE faces (face VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, d DECIMAL(65,30), ' +
      't DATETIME(6), id BIGINT UNSIGNED, n INT, PRIMARY KEY (face, d, t, id))',
    `INSERT INTO faces VALUES ('😀', ${nines}, '9999-12-31 23:59:59.999999', 18446744073709551615, 1), ` +
      `('😁', -${nines}, '1000-01-01 00:00:00.000001', 0, 2), ('👩🏽‍🎓', 1e-30, '2026-11-23 08:15:00', 9007199254740993, 3), ` +
      `('', 0, '2026-11-23 08:15:00.5', 1, 4)`,
  );
  await expectEqual('faces');
  await place.inSource(
    'UPDATE faces SET n = n + 10',
    "UPDATE faces SET face = '😂' WHERE n = 12",
    "DELETE FROM faces WHERE face = '👩🏽‍🎓'",
    'UPDATE faces SET d = -d WHERE n = 11',
  );
  await expectEqual('faces');
});

const blob = (megabytes: number): string => `REPEAT(UNHEX(MD5('${megabytes}')), ${megabytes * 65_536})`;

test('a BLOB of 1, 5 and 10 MB arrives, in the binlog and by SQL', async () => {
  await place.inSource(
    'CREATE TABLE blobs (id INT PRIMARY KEY, body LONGBLOB, n INT)',
    ...[1, 5, 10].map((size) => `INSERT INTO blobs VALUES (${size}, ${blob(size)}, 0)`),
  );
  await expectEqual('blobs');
  await place.inSource('UPDATE blobs SET n = 1', `UPDATE blobs SET body = ${blob(2)} WHERE id = 5`);
  await expectEqual('blobs');
});

const refetches = () =>
  place.database.etlRefetch.findMany({ select: { sourceTable: true, keyText: true, problem: true } });

test('a row that is too large for a message is read from the source; one that is too large for that too says so', async () => {
  await place.inSource(
    'CREATE TABLE huge (id INT PRIMARY KEY, body LONGBLOB)',
    `INSERT INTO huge VALUES (1, 'before'), (2, ${blob(10)})`,
  );
  await expectEqual('huge');
  // The message would carry both values.
  await place.inSource(`UPDATE huge SET body = ${blob(11)} WHERE id = 2`);
  await expectEqual('huge');
  expect(await refetches()).toEqual([]);

  await place.inSource(`INSERT INTO huge VALUES (3, ${blob(20)})`, "INSERT INTO huge VALUES (4, 'after')");
  await place.caughtUp(60_000);
  expect(await place.differences('huge:')).toEqual([expect.stringContaining('huge: 1 missing')]);
  const problem = 'The row has 20971520 bytes, more than the 12582912 that can be replicated.';
  expect(await refetches()).toEqual([{ sourceTable: 'huge', keyText: '["3"]', problem }]);

  // As large: it carries the former value.
  await place.inSource(`UPDATE huge SET body = ${blob(3)} WHERE id = 3`);
  await expectEqual('huge');
  expect(await refetches()).toEqual([]);
});

test('many rows of 10 MB, live while they are read from the source and read once more', async () => {
  await place.inSource(
    'CREATE TABLE heavy (id INT PRIMARY KEY, body LONGBLOB)',
    ...[8, 10, 11].map((size) => `INSERT INTO heavy VALUES (${size}, ${blob(size)})`),
  );
  await expectEqual('heavy');
  await readAgain('heavy');
  await expectEqual('heavy');
});

test('a load meets a row that is too large: it says so, and goes on when the row is smaller', async () => {
  await place.inSource('CREATE TABLE heaviest (id INT PRIMARY KEY, body LONGBLOB)');
  await place.caughtUp(60_000);
  await place.inSource(`INSERT INTO heaviest VALUES (1, 'before'), (2, ${blob(20)}), (3, 'after')`);
  await readAgain('heaviest');
  await alir.says('app_producer.heaviest: the row after those already read has 20971520 bytes');
  await place.inSource(`UPDATE heaviest SET body = ${blob(10)} WHERE id = 2`);
  await place.caughtUp(120_000);
  expect(await place.differences('heaviest:')).toEqual([]);
});

async function readAgain(table: string): Promise<void> {
  await withConnection(place.config.target, (connection) =>
    connection.query(
      "UPDATE etl_replica_tables SET state = 'loading', loads = loads + 1, loaded_rows = 0, load_cursor = NULL, " +
        'requested_at = UTC_TIMESTAMP(6) WHERE source_table = ?',
      [table],
    ),
  );
}
