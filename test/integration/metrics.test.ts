import { expect, onTestFinished, test } from 'vitest';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { AlirChild, startAlir } from '../support/alir-process.ts';
import { laneStack } from '../support/lane-stack.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { ownPlace } from '../support/own-place.ts';

/** Where a process serves its metrics: it logs that. */
function urlOf(alir: AlirChild): string {
  return /"url":"(http:[^"]+)"/.exec(alir.output)?.[1] ?? '';
}

/** A sample by its name and labels; undefined: there is none. */
async function sample(alir: AlirChild, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${urlOf(alir)}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

test('the metrics of alir run say what was applied and how far tables are behind', async () => {
  const place = await ownPlace();
  const { source } = place.config;
  const inSource = (sql: string) => withConnection(source, (connection) => connection.query(sql));
  await migrateSource(source, () => undefined);
  const alir = await startAlir('run', place.environment);
  onTestFinished(async () => void (await alir.end()));

  const sent = await place.send({ count: 200, badShare: 0.1, seed: 5 });
  await inSource('CREATE TABLE measured_rows (id INT PRIMARY KEY)');
  await inSource('INSERT INTO measured_rows VALUES (1), (2), (3)');
  await place.processed();
  expect(sent.bad).toBeGreaterThan(0);
  expect(await sample(alir, 'alir_records_total{pipeline="orders",outcome="deadLettered"}')).toBe(sent.bad);
  for (const [code, letters] of sent.badByCode)
    expect(await sample(alir, `alir_dead_letters_total{pipeline="orders",code="${code}"}`)).toBe(letters);
  // The source's own orders come, too.
  const audited = async () => {
    const where = { pipeline: 'orders', kind: 'batch' };
    return (await place.database.etlBatch.aggregate({ where, _sum: { rowCount: true } }))._sum.rowCount;
  };
  await expect
    .poll(async () => (await audited()) === (await sample(alir, 'alir_batch_rows_sum{pipeline="orders"}')))
    .toBe(true);

  const labels = `{database="${source.database}",table="measured_rows"}`;
  const topic = `producer.${source.database}.measured_rows`;
  const records = `alir_consumer_lag_records{topic="${topic}",partition="0",group="etl-workers-cdc"}`;
  await expect.poll(() => sample(alir, records), { timeout: 60_000 }).toBe(0);
  await expect.poll(() => sample(alir, `alir_replication_lag_seconds${labels}`)).toBe(0);

  // A table that somebody locks in the target is behind by as long as its change has waited.
  const replica = { ...place.config.target, database: place.config.settings.MYSQL_REPLICA_DATABASE };
  await withConnection(replica, async (connection) => {
    await connection.query('LOCK TABLES measured_rows READ');
    await inSource('INSERT INTO measured_rows VALUES (4)');
    await expect.poll(() => sample(alir, records), { timeout: 60_000 }).toBeGreaterThan(0);
    await expect
      .poll(() => sample(alir, `alir_replication_lag_seconds${labels}`), { timeout: 30_000 })
      .toBeGreaterThan(1);
    await connection.query('UNLOCK TABLES');
  });
  await expect.poll(() => sample(alir, `alir_replication_lag_seconds${labels}`), { timeout: 60_000 }).toBe(0);
  const delay = await sample(alir, 'alir_source_to_target_seconds_sum{pipeline="cdc"}');
  expect(delay, 'the change that waited was counted').toBeGreaterThan(1);
  expect(await sample(alir, 'process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('a process is ready while its servers answer and its schema is whole', async () => {
  const place = await ordersPlace(laneStack());
  const alir = await startAlir('worker', place.environment);
  onTestFinished(async () => void (await alir.end()));
  const readiness = async () => {
    const answer = await fetch(`${urlOf(alir)}/readyz`);
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  const all = { kafka: 'ok', temporal: 'ok', mysql: 'ok', schema: 'ok' };
  expect(await readiness()).toEqual({ status: 200, ready: true, checks: all });

  await place.database.$executeRawUnsafe(
    'DELETE FROM _prisma_migrations ORDER BY migration_name DESC LIMIT 1',
  );
  const lacks = expect.stringMatching(/lacks the migration/) as string;
  expect(await readiness()).toEqual({ status: 503, ready: false, checks: { ...all, schema: lacks } });
  expect((await fetch(`${urlOf(alir)}/healthz`)).status).toBe(200);
});

test('a port that is taken ends the start with a sentence and exit code 3', async () => {
  const place = await ordersPlace(laneStack());
  const first = await startAlir('worker', place.environment);
  onTestFinished(async () => void (await first.end()));
  const { port } = new URL(urlOf(first));
  const second = new AlirChild(['worker'], { ...place.environment, HTTP_PORT: port });
  expect(await second.ended()).toBe(3);
  expect(second.output).toContain(`PORT_TAKEN: Port ${port}`);
});
