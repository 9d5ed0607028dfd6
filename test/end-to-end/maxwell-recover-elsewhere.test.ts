import { onTestFinished, expect, test, vi } from 'vitest';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { isFull } from '../support/full.ts';
import { startCdcPlace } from '../support/cdc-place.ts';
import { startMaxwellWithGtids, turnGtidsOn } from '../support/gtids.ts';
import { replicaStates } from '../support/replica-states.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

test.runIf(isFull)(
  'where another starts Maxwell, and it follows GTIDs, the steps that are printed are enough',
  async () => {
    const place = await startCdcPlace();
    onTestFinished(() => place.close());
    const { environment, stack, config } = place;
    const replica = replicaStates(place);
    await stack.stop('maxwell');
    await turnGtidsOn(place);
    const first = await startMaxwellWithGtids(place);
    const alir = await place.run();
    await replica.replicated(
      'told',
      ['told'],
      'CREATE TABLE told (id INT PRIMARY KEY, n INT)',
      'ALTER TABLE told ADD COLUMN m INT',
      'INSERT INTO told VALUES (1, 1, 1)',
    );
    const recover = (...flags: readonly string[]) =>
      runCli(['maxwell', 'recover', '--json', ...flags], { environment });
    expect((await recover()).stderr).toContain('Maxwell is making progress');

    await place.inSource('CREATE TABLE stops (id INT PRIMARY KEY, a DEC(10,3))');
    await first.ended;
    await place.inSource(
      'ALTER TABLE told MODIFY m VARCHAR(20) FIRST',
      "INSERT INTO told (id, n, m) VALUES (2, 2, 'two')",
      'DELETE FROM told WHERE id = 1',
    );
    const steps = await vi.waitFor(
      async () => {
        const result = await recover();
        expect(result.code, result.stderr).toBe(0);
        return (lastJson(result) as { steps: string[] }).steps;
      },
      { timeout: 120_000 },
    );
    const root = { ...config.source, user: 'root', password: stack.secrets.root };
    const statements = steps.filter((line) => line.endsWith(';'));
    expect(statements.join(' ')).toMatch(/gtid_set = '[0-9a-f-]{36}:1-\d+'/);
    await withConnection(root, async (connection) => {
      for (const statement of statements) await connection.query(statement);
    });
    await startMaxwellWithGtids(place);

    // No more is needed: Alir finds that what Maxwell passed over is owed.
    await replica.untilEqual('');
    await place.inSource(
      "INSERT INTO told (id, n, m) VALUES (3, 3, 'three')",
      "UPDATE told SET m = 'zwei' WHERE id = 2",
    );
    await place.caughtUp(120_000);
    await replica.untilEqual('');
    await replica.untilState('ready', 'told');
    expect(await alir.end()).toBe(0);
  },
);
