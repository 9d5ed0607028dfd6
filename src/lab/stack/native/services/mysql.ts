import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mariadb';
import { obtainMysql, type MysqlProgram } from '../obtain/mysql.ts';
import { readDeployFile, withSettings } from '../obtain/deploy.ts';
import { runTool } from '../run-tool.ts';
import type { StackSecrets } from '../secrets.ts';
import type { Service, ServiceContext } from './service.ts';

export const databases = { source: 'app_producer', target: 'app_consumer', replica: 'app_olap' } as const;
export const maxwellDatabase = 'maxwell';

/**
 * A batch is one parameter of megabytes, parsed into a tree that lives for milliseconds. glibc by default gives such
 * memory back to the system at once and gets it again, cleared, for the next batch: an eighth of the server's time.
 */
const memoryOfGlibc = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: String(128 << 20),
  MALLOC_MMAP_THRESHOLD_: String(32 << 20),
};

/** MySQL 8.0: source, target and replica databases on one server. */
export const mysql: Service = {
  name: 'mysql',
  startsAfter: [],
  needs: [],
  readySeconds: 120,
  graceSeconds: 60,
  address: (ports) => `127.0.0.1:${ports.mysql}`,

  async prepare({ files, ports, secrets }, tell) {
    const program = await obtainMysql(tell);
    const folder = files.data('mysql');
    const [data, users, config] = ['data', 'users.sql', 'my.cnf'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const socket = socketPath(folder);
    // Left behind by a kill; its process id may belong to another program by now, and mysqld would not start.
    for (const file of [socket, `${socket}.lock`]) rmSync(file, { force: true });
    writeFileSync(
      config,
      withSettings(readDeployFile('mysql', 'my.cnf'), {
        port: ports.mysql,
        'bind-address': '127.0.0.1',
        basedir: program.base,
        datadir: data,
        socket,
        'pid-file': join(folder, 'mysqld.pid'),
        'lc-messages-dir': join(program.base, 'share'),
        'init-file': users,
        ...(process.getuid?.() === 0 ? { user: 'root' } : {}),
      }),
      { mode: 0o600 },
    );
    // Read by the server itself at every start: no password on a command line, no moment with an open root account.
    writeFileSync(users, usersSql(secrets), { mode: 0o600 });
    if (!existsSync(data)) {
      tell('initialising the data folder');
      await initialise(program, config, folder, data);
    }
    const env = { ...program.env, ...memoryOfGlibc };
    return { program: program.mysqld, args: [`--defaults-file=${config}`], cwd: folder, env };
  },

  async probe(context) {
    await withConnection(context, 'alir', async (connection) => {
      await connection.query('SELECT 1');
    });
  },

  async beforeStop(context) {
    // A server that is asked to end first waits eight seconds for those who read its binary log.
    await withConnection(context, 'root', async (connection) => {
      const readers: { id: number }[] = await connection.query(
        "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'",
      );
      for (const { id } of readers) await connection.query(`KILL ${id}`);
    });
  },
};

async function withConnection(
  { ports, secrets }: ServiceContext,
  user: 'alir' | 'root',
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await createConnection({
    host: '127.0.0.1',
    port: ports.mysql,
    user,
    password: secrets[user],
    connectTimeout: 2000,
  });
  connection.on('error', () => undefined); // the server is being stopped; the query in hand says so
  try {
    await use(connection);
  } finally {
    await connection.end();
  }
}

/** Initialised aside and renamed: an interrupted start leaves no half data folder. */
async function initialise(
  program: MysqlProgram,
  config: string,
  folder: string,
  data: string,
): Promise<void> {
  const draft = mkdtempSync(join(folder, 'initialise-'));
  const made = join(draft, 'data');
  try {
    await runTool(
      program.mysqld,
      [`--defaults-file=${config}`, '--initialize-insecure', `--datadir=${made}`, '--disable-log-bin'],
      'Initialising the data folder of MySQL',
      { code: 'SERVER_FAILED', cwd: folder, env: program.env },
    );
    renameSync(made, data);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Not in the stack's folder: the path of a socket holds 107 characters at most. */
function socketPath(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join(tmpdir(), `alir-${process.getuid?.() ?? 0}-${hash}.sock`);
}

function usersSql(secrets: StackSecrets): string {
  const user = (name: string, host: string, password: string) => [
    `CREATE USER IF NOT EXISTS '${name}'@'${host}' IDENTIFIED WITH mysql_native_password BY '${password}'`,
    `ALTER USER '${name}'@'${host}' IDENTIFIED WITH mysql_native_password BY '${password}'`,
  ];
  const statements = [
    'SET SESSION sql_log_bin = 0', // administration of this server is no change of data
    ...user('root', 'localhost', secrets.root),
    `DELETE FROM mysql.user WHERE user = ''`,
    ...[...Object.values(databases), maxwellDatabase].map((name) => `CREATE DATABASE IF NOT EXISTS ${name}`),
    ...user('alir', '%', secrets.alir),
    // The three databases, and others beside them whose names begin alike: a place for each test.
    "GRANT ALL PRIVILEGES ON `app\\_%`.* TO 'alir'@'%'",
    `GRANT SELECT, RELOAD, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'alir'@'%'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${maxwellDatabase}.* TO 'alir'@'%'`, // to ask for bootstraps
    ...user('maxwell', '%', secrets.maxwell),
    `GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'maxwell'@'%'`,
    `GRANT ALL PRIVILEGES ON ${maxwellDatabase}.* TO 'maxwell'@'%'`,
    'FLUSH PRIVILEGES',
  ];
  return `${statements.join(';\n')};\n`;
}
