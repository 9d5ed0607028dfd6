import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaProgram } from '../obtain/java.ts';
import { obtainMaxwell } from '../obtain/maxwell.ts';
import { readDeployFile, withSettings } from '../obtain/deploy.ts';
import { maxwellDatabase } from './mysql.ts';
import type { Service } from './service.ts';

export const clientId = 'maxwell';

/** Maxwell: every change of the source database becomes a record in Kafka. */
export const maxwell: Service = {
  name: 'maxwell',
  startsAfter: ['mysql'], // its producer waits for Kafka by itself, and both take seconds to start
  needs: ['kafka', 'mysql'],
  readySeconds: 90,
  graceSeconds: 15,
  address: (ports) => `http://127.0.0.1:${ports.maxwell}/diagnostic`,

  async prepare({ files, ports, secrets }, tell) {
    const classPath = await obtainMaxwell(tell);
    const folder = files.data('maxwell');
    const config = join(folder, 'config.properties');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(
      config,
      withSettings(readDeployFile('maxwell', 'config.properties'), {
        host: '127.0.0.1',
        port: ports.mysql,
        user: 'maxwell',
        password: secrets.maxwell,
        schema_database: maxwellDatabase,
        client_id: clientId,
        'kafka.bootstrap.servers': `127.0.0.1:${ports.kafka}`,
        http_bind_address: '127.0.0.1',
        http_port: ports.maxwell,
      }),
      { mode: 0o600 },
    );
    return {
      program: javaProgram(),
      args: [
        '-Xmx768m', // a row above an eighth of it ends Maxwell 1.22 at every start
        '-XX:+UseSerialGC',
        '-Duser.timezone=UTC', // a bootstrap shifts times by the zone of this process otherwise
        '-Dfile.encoding=UTF-8',
        '-cp',
        classPath,
        'com.zendesk.maxwell.Maxwell',
        `--config=${config}`,
      ],
      cwd: folder,
    };
  },

  async probe({ ports }) {
    const response = await fetch(`http://127.0.0.1:${ports.maxwell}/diagnostic`, {
      signal: AbortSignal.timeout(5000),
    });
    if (!response.ok) throw new Error(`its diagnostic page answers ${response.status}`);
  },
};
