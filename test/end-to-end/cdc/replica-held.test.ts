import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { replicaStates, type ReplicaStates } from '../../support/replica-states.ts';
import { runCli } from '../../support/run-cli.ts';

let place: CdcPlace;
let replica: ReplicaStates;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  replica = replicaStates(place);
  alir = await place.run();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

test('a table whose columns Maxwell takes for one another pauses, says how to go on, and goes on', async () => {
  await replica.replicated(
    'exchanged',
    ['exchanged'],
    'CREATE TABLE exchanged (id INT PRIMARY KEY, a INT, b INT)',
    'INSERT INTO exchanged VALUES (1, 10, 100), (2, 20, 200)',
  );
  await place.inSource(
    'ALTER TABLE exchanged RENAME COLUMN a TO b, RENAME COLUMN b TO a',
    'INSERT INTO exchanged (id, a, b) VALUES (3, 300, 30)',
  );
  await vi.waitFor(async () => expect((await replica.stateOf('exchanged'))?.state).toBe('paused'), {
    timeout: 120_000,
  });
  expect((await replica.stateOf('exchanged'))?.reason).toContain('Swap the names back');
  await place.inSource(
    'ALTER TABLE exchanged CHANGE a b INT, CHANGE b a INT',
    'ALTER TABLE exchanged RENAME COLUMN a TO c',
    'ALTER TABLE exchanged RENAME COLUMN b TO a',
    'ALTER TABLE exchanged RENAME COLUMN c TO b',
    'INSERT INTO exchanged (id, a, b) VALUES (4, 400, 40)',
  );
  await replica.untilState('ready', 'exchanged');
  await place.caughtUp(120_000);
  await replica.untilEqual('exchanged');
});

test('a table that waits for people and is dropped then has no rows left', async () => {
  await replica.replicated(
    'waiting',
    ['waiting'],
    'CREATE TABLE waiting (id INT PRIMARY KEY, a INT, b INT)',
    'INSERT INTO waiting VALUES (1, 10, 100)',
  );
  await place.inSource('ALTER TABLE waiting RENAME COLUMN a TO b, RENAME COLUMN b TO a');
  await vi.waitFor(async () => expect((await replica.stateOf('waiting'))?.state).toBe('paused'), {
    timeout: 120_000,
  });
  await place.inSource('DROP TABLE waiting');
  await replica.untilEqual('waiting');
  await vi.waitFor(async () => expect((await replica.stateOf('waiting'))?.state).toBe('dropped'), {
    timeout: 120_000,
  });
});

test('a table that goes to another database and comes back from there, with other rows', async () => {
  await replica.replicated(
    'travels',
    ['travels'],
    'CREATE TABLE travels (id INT PRIMARY KEY, a INT)',
    'INSERT INTO travels VALUES (1, 1), (2, 2)',
  );
  const { database } = place.config.source;
  await replica.asRoot(
    'CREATE DATABASE abroad',
    `RENAME TABLE ${database}.travels TO abroad.travels`,
    'DELETE FROM abroad.travels WHERE id = 1',
    'INSERT INTO abroad.travels VALUES (3, 3)',
  );
  await replica.untilEqual('travels');
  await vi.waitFor(async () => expect((await replica.stateOf('travels'))?.state).toBe('dropped'), {
    timeout: 120_000,
  });
  await replica.asRoot(`RENAME TABLE abroad.travels TO ${database}.travels`);
  await replica.untilEqual('travels');
  await replica.untilState('ready', 'travels');
});

test('a table of which Maxwell misreads a column pauses, says how to go on, and goes on', async () => {
  await replica.replicated(
    'misread_',
    ['misread_list', 'misread_text'],
    "CREATE TABLE misread_list (id INT PRIMARY KEY, e2 ENUM('x','y'), e ENUM('y','x'))",
    'CREATE TABLE misread_text (id INT PRIMARY KEY, a INT) CHARACTER SET latin1',
    "INSERT INTO misread_list VALUES (1, 'x', 'y')",
    'INSERT INTO misread_text VALUES (1, 1)',
  );
  await place.inSource(
    "ALTER TABLE misread_list CHANGE e2 e ENUM('x','y'), DROP COLUMN e",
    'ALTER TABLE misread_text ADD COLUMN s VARCHAR(40) COLLATE utf8mb4_bin',
  );
  for (const table of ['misread_list', 'misread_text']) {
    await vi.waitFor(async () => expect((await replica.stateOf(table))?.state).toBe('paused'), {
      timeout: 120_000,
    });
    expect((await replica.stateOf(table))?.reason).toContain('Maxwell misreads the column');
  }
  await place.inSource(
    "INSERT INTO misread_list VALUES (2, 'x'), (3, 'y')",
    "INSERT INTO misread_text VALUES (2, 2, 'é')",
    "ALTER TABLE misread_list MODIFY e ENUM('x','y')",
    'ALTER TABLE misread_text MODIFY s VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    "INSERT INTO misread_list VALUES (4, 'x')",
    "INSERT INTO misread_text VALUES (3, 3, 'é')",
  );
  await replica.untilState('ready', 'misread_list', 'misread_text');
  await place.caughtUp(120_000);
  await replica.untilEqual('misread_');
});

test('a table above ALIR_REREAD_MAX_ROWS is stale until somebody has it read', async () => {
  await replica.replicated(
    'large',
    ['large'],
    'CREATE TABLE large (id INT PRIMARY KEY, a INT)',
    'INSERT INTO large VALUES (1, 1), (2, 2), (3, 3)',
    'ANALYZE TABLE large',
  );
  await alir.end();
  alir = await place.run({ ALIR_REREAD_MAX_ROWS: '2' });
  await place.inSource(
    'ALTER TABLE large ADD COLUMN b INT NOT NULL DEFAULT 7',
    'INSERT INTO large VALUES (4, 4, 8)',
  );
  await vi.waitFor(async () => expect((await replica.stateOf('large'))?.state).toBe('stale'), {
    timeout: 120_000,
  });
  expect((await replica.stateOf('large'))?.reason).toContain('alir replica reload large');
  await vi.waitFor(
    async () =>
      expect(await place.inReplica('SELECT a, b FROM large WHERE id = 4')).toEqual([{ a: 4, b: 8 }]),
    { timeout: 120_000 },
  );
  const reload = await runCli(['replica', 'reload', 'large', '--wait'], {
    environment: place.environment,
    timeoutMs: 120_000,
  });
  expect(reload.code, reload.stderr).toBe(0);
  await replica.untilEqual('large');
  expect((await replica.stateOf('large'))?.state).toBe('ready');
});
