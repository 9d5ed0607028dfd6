import { join } from 'node:path';
import { createConnection, type Connection } from 'mariadb';
import type { MysqlAddress } from '../../src/config/load-config.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { driverOptions } from '../../src/mysql/connection.ts';
import type { StackSecrets } from '../../src/lab/stack/native/secrets.ts';
import { readJson, StackFiles } from '../../src/lab/stack/native/stack-files.ts';
import { laneStack } from './lane-stack.ts';

/**
 * A connection as root whose statements do not get into the binlog: for what would end Maxwell 1.22, which reads every
 * statement of the server (a name with a space or a backtick is enough), and with it the loads of other tests.
 */
export async function connectUnlogged(address: MysqlAddress): Promise<Connection> {
  const { name } = laneStack();
  const files = new StackFiles(name, join(projectRoot, '.alir', name));
  const { root } = readJson<StackSecrets>(files.secrets)!;
  const connection = await createConnection(driverOptions({ ...address, user: 'root', password: root }));
  await connection.query('SET SESSION sql_log_bin = 0');
  return connection;
}
