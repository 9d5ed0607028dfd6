import type { StackDescription } from '../../../config/running-stack.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import { compose } from './compose.ts';

/** The part of `docker compose config` that tells how the servers are reached. */
interface ComposeConfig {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly environment?: Readonly<Record<string, string>>;
        readonly ports?: readonly { readonly target: number; readonly published: string }[];
      }
    >
  >;
}

/**
 * What others need to know to use the stack from this machine, read from docker-compose.yml and .env.
 *
 * @param variables what the stack was started with beside .env
 * @throws AlirError CONFIG_INVALID when the file cannot be read with them
 */
export async function describeCompose(
  variables: Readonly<Record<string, string>>,
  hasMaxwell: boolean,
): Promise<StackDescription> {
  const { failed, stdout, stderr } = await compose(['config', '--format', 'json'], variables);
  if (failed)
    throw new AlirError('CONFIG_INVALID', `docker-compose.yml or .env is not valid: ${stderr.trim()}.`);
  const { services } = JSON.parse(stdout) as ComposeConfig;
  const port = (service: string, target: number): number =>
    Number(services[service]?.ports?.find((one) => one.target === target)?.published);
  const { MYSQL_USER: user = '', MYSQL_PASSWORD: password = '' } = services['worker']?.environment ?? {};
  return {
    engine: 'docker',
    name: 'default',
    kafka: { bootstrap: `127.0.0.1:${port('kafka', 39092)}` },
    temporal: {
      address: `127.0.0.1:${port('temporal', 7233)}`,
      namespace: 'default',
      ui: `http://localhost:${port('temporal', 8233)}`,
    },
    mysql: { host: '127.0.0.1', port: port('mysql', 3306), user, password },
    databases: { source: 'app_producer', target: 'app_consumer', replica: 'app_olap' },
    maxwell: { clientId: 'maxwell', schemaDatabase: 'maxwell', running: hasMaxwell },
    supervisor: 0,
  };
}
