import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AlirChild } from '../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../support/cdc-place.ts';
import { replicaStates, type ReplicaStates } from '../support/replica-states.ts';
import { lastJson, runCli, type CliResult } from '../support/run-cli.ts';

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

const environment = (): Record<string, string> => ({
  ...place.environment,
  ALIR_STACK: place.stack.files.name,
});

const cli = (...args: readonly string[]): Promise<CliResult> =>
  runCli(args, { environment: environment(), timeoutMs: 400_000 });

const untilStopped = (): Promise<unknown> =>
  vi.waitFor(() => expect(place.stack.pid('maxwell')).toBeNull(), { timeout: 120_000, interval: 200 });

async function stopMaxwell(name: string): Promise<void> {
  await place.inSource(`CREATE TABLE ${name} (id INT PRIMARY KEY, a DEC(10,3))`);
  await untilStopped();
}

/** Rows that Maxwell tells from now on are whole, by the definitions that it has taken. */
async function tells(table: string, ...statements: readonly string[]): Promise<void> {
  await place.inSource(...statements);
  await place.caughtUp(120_000);
  await replica.untilEqual(table);
  const read = (await replica.stateOf(table))?.loads;
  await place.inSource(...statements.map((statement) => statement.replace(/VALUES \(\d/, '$&00')));
  await place.caughtUp(120_000);
  await replica.untilEqual(table);
  expect((await replica.stateOf(table))?.loads).toBe(read);
}

test('columns that were added, dropped and retyped while Maxwell was away are in later rows', async () => {
  await replica.replicated(
    'altered',
    ['altered'],
    'CREATE TABLE altered (id INT PRIMARY KEY, a INT)',
    // Maxwell tells of it: what it says then must not be believed for ever.
    'ALTER TABLE altered ADD COLUMN b INT NOT NULL DEFAULT 5',
    'INSERT INTO altered VALUES (1, 1, 1)',
  );
  await stopMaxwell('stops_first');
  await place.inSource(
    'ALTER TABLE altered DROP COLUMN a, ADD COLUMN c VARCHAR(20) FIRST, MODIFY b VARCHAR(20)',
    "INSERT INTO altered VALUES ('x', 2, 'y')",
  );
  const result = await cli('maxwell', 'recover', '--yes', '--verify', '--json');
  expect(result.code, result.stderr).toBe(0);
  expect(lastJson(result)).toMatchObject({ equal: true });
  await replica.untilState('ready', 'altered');
  await tells('altered', "INSERT INTO altered (id, b, c) VALUES (3, 'three', 'drei')");
});

test('a table of which Maxwell mixes up columns goes on when it takes the definitions anew', async () => {
  await replica.replicated(
    'exchanged',
    ['exchanged'],
    'CREATE TABLE exchanged (id INT PRIMARY KEY, a INT, b INT)',
    'INSERT INTO exchanged VALUES (1, 10, 100)',
  );
  await place.inSource(
    'ALTER TABLE exchanged RENAME COLUMN a TO b, RENAME COLUMN b TO a',
    'INSERT INTO exchanged (id, a, b) VALUES (2, 200, 20)',
  );
  await replica.untilState('paused', 'exchanged');
  expect((await replica.stateOf('exchanged'))?.reason).toContain('alir maxwell recover --force');
  const result = await cli('maxwell', 'recover', '--yes', '--force', '--json');
  expect(result.code, result.stderr).toBe(0);
  await replica.untilState('ready', 'exchanged');
  await replica.untilEqual('exchanged');
  await tells('exchanged', 'INSERT INTO exchanged (id, a, b) VALUES (3, 300, 30)');
});

test('cut off anywhere it can be run again, and status tells what has not been read until it has', async () => {
  await replica.replicated(
    'cut',
    ['cut'],
    'CREATE TABLE cut (id INT PRIMARY KEY, n INT)',
    'INSERT INTO cut VALUES (1, 1)',
  );
  await stopMaxwell('stops_then');
  await place.inSource('UPDATE cut SET n = 2', 'INSERT INTO cut VALUES (2, 2)');
  for (const word of ['stopping Maxwell', 'starting Maxwell']) {
    const cutOff = new AlirChild(['maxwell', 'recover', '--yes', '--force'], environment());
    await cutOff.says(word);
    await cutOff.end('SIGKILL');
  }
  const result = await cli('maxwell', 'recover', '--yes', '--force', '--json');
  expect(result.code, result.stderr).toBe(0);
  await replica.untilEqual('cut');
  await tells('cut', 'INSERT INTO cut VALUES (3, 3)');
  await vi.waitFor(
    async () => {
      const status = lastJson(await cli('status', '--json')) as {
        pipelines: { pipeline: string; breaks: { kind: string }[] }[];
      };
      const { breaks } = status.pipelines.find(({ pipeline }) => pipeline === 'cdc')!;
      expect(breaks.filter(({ kind }) => kind === 'skipped')).toEqual([]);
    },
    { timeout: 120_000 },
  );
});

test('a table whose name can be no topic is refused before it has a row', async () => {
  await place.inSource('CREATE TABLE `no topic` (id INT PRIMARY KEY)');
  await replica.untilState('refused', 'no topic');
  expect((await replica.stateOf('no topic'))?.reason).toContain('Maxwell stops at its first row');
  await place.inSource('RENAME TABLE `no topic` TO a_topic', 'INSERT INTO a_topic VALUES (1)');
  await replica.untilState('ready', 'a_topic');
  await replica.untilEqual('a_topic');
});
