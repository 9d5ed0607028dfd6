import { onTestFinished, expect } from 'vitest';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { ServerProcess } from '../../src/lab/stack/native/server-process.ts';
import { maxwell } from '../../src/lab/stack/native/services/maxwell.ts';
import { Watchdog } from '../../src/lab/stack/native/watchdog.ts';
import type { CdcPlace } from './cdc-place.ts';

/** Gives every transaction from now on a GTID, in the steps that MySQL asks for. */
export async function turnGtidsOn({ config, stack }: CdcPlace): Promise<void> {
  const root = { ...config.source, user: 'root', password: stack.secrets.root };
  await withConnection(root, async (connection) => {
    await connection.query('SET GLOBAL enforce_gtid_consistency = ON');
    for (const mode of ['OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'])
      await connection.query(`SET GLOBAL gtid_mode = ${mode}`);
  });
}

/** Starts Maxwell as the stack does, following and telling GTIDs; it ends with the test. */
export async function startMaxwellWithGtids({ stack }: CdcPlace): Promise<ServerProcess> {
  const { files, ports, secrets } = stack;
  const context = { files, ports, secrets };
  const command = await maxwell.prepare(context, () => undefined);
  const args = [...command.args, '--gtid_mode=true', '--output_gtid_position=true'];
  const watchdog = new Watchdog();
  const server = new ServerProcess('maxwell', { ...command, args }, files.log('maxwell'), watchdog);
  onTestFinished(async () => {
    server.signal('SIGKILL');
    await server.ended;
    watchdog.close();
  });
  await expect
    .poll(
      () =>
        maxwell.probe(context).then(
          () => true,
          () => false,
        ),
      { timeout: 90_000, interval: 500 },
    )
    .toBe(true);
  return server;
}
