import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mariadb';
import { obtainMariadb, type MariadbProgram } from '../../src/lab/stack/native/obtain/mariadb.ts';
import { runTool } from '../../src/lab/stack/native/run-tool.ts';
import type { StackSecrets } from '../../src/lab/stack/native/secrets.ts';
import type { Service, ServiceContext } from '../../src/lab/stack/native/services/service.ts';

/** Whole rows in the binlog; what else a source needs is as in the stack's MySQL. */
const settings = `[mysqld]
server-id = 2
log-bin = binlog
binlog-format = ROW
binlog-row-image = FULL
# Maxwell would warn at every statement.
binlog_annotate_row_events = OFF
default-time-zone = +00:00
character-set-server = utf8mb4
innodb_buffer_pool_size = 128M
innodb_flush_log_at_trx_commit = 2
max_allowed_packet = 64M
performance_schema = OFF
`;

/** MariaDB in the place of MySQL: a server with the source and Maxwell's own database. Its data lives in `folder`. */
export function mariadbServer(folder: string): Service {
  return {
    name: 'mysql',
    startsAfter: [],
    needs: [],
    readySeconds: 120,
    graceSeconds: 60,
    address: (ports) => `MariaDB on 127.0.0.1:${ports.mysql}`,

    async prepare({ ports, secrets }, tell) {
      const program = await obtainMariadb(tell);
      const data = join(folder, 'data');
      const config = join(folder, 'my.cnf');
      const own = {
        port: ports.mysql,
        'bind-address': '127.0.0.1',
        datadir: data,
        socket: join(folder, 'socket'),
        'pid-file': join(folder, 'pid'),
        'lc-messages-dir': program.share,
        'character-sets-dir': join(program.share, 'charsets'),
        ...(process.getuid?.() === 0 ? { user: 'nobody' } : {}),
      };
      const lines = Object.entries(own).map(([name, value]) => `${name}=${value}`);
      writeFileSync(config, `${settings}${lines.join('\n')}\n`);
      if (!existsSync(data)) await initialise(program, folder, data, secrets);
      return {
        program: program.mariadbd,
        args: [`--defaults-file=${config}`],
        cwd: folder,
        env: program.env,
      };
    },

    async probe({ ports, secrets }: ServiceContext) {
      const connection = await createConnection({
        host: '127.0.0.1',
        port: ports.mysql,
        user: 'alir',
        password: secrets.alir,
        connectTimeout: 2000,
      });
      await connection.end();
    },
  };
}

async function initialise(
  program: MariadbProgram,
  folder: string,
  data: string,
  secrets: StackSecrets,
): Promise<void> {
  mkdirSync(data);
  if (process.getuid?.() === 0) {
    const [user, group] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'nobody'])));
    for (const path of [folder, data]) chownSync(path, user as number, group as number);
  }
  chmodSync(folder, 0o700);
  const tables = ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'].map((name) =>
    readFileSync(join(program.share, name), 'utf8'),
  );
  const input = ['CREATE DATABASE mysql;', 'USE mysql;', ...tables, usersSql(secrets)].join('\n');
  await runTool(
    program.mariadbd,
    [`--defaults-file=${join(folder, 'my.cnf')}`, '--bootstrap', '--skip-log-bin'],
    'Initialising the data folder of MariaDB',
    { code: 'SERVER_FAILED', cwd: folder, env: program.env, stdin: 'pipe', input },
  );
}

function usersSql({ root, alir, maxwell }: StackSecrets): string {
  const statements = [
    // Users without a name come before alir@'%' for whoever connects from this machine.
    "DELETE FROM mysql.global_priv WHERE User = '' OR Host <> 'localhost'",
    'FLUSH PRIVILEGES',
    `ALTER USER root@localhost IDENTIFIED BY '${root}'`,
    'CREATE DATABASE app_producer',
    'CREATE DATABASE maxwell',
    `CREATE USER alir@'%' IDENTIFIED BY '${alir}'`,
    "GRANT ALL PRIVILEGES ON app_producer.* TO alir@'%'",
    "GRANT SELECT, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO alir@'%'",
    `CREATE USER maxwell@'%' IDENTIFIED BY '${maxwell}'`,
    "GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO maxwell@'%'",
    "GRANT ALL PRIVILEGES ON maxwell.* TO maxwell@'%'",
  ];
  return `${statements.join(';\n')};\n`;
}
