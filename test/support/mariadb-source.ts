import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackReport } from '../../src/lab/stack/engine.ts';
import { ManagedService } from '../../src/lab/stack/native/managed-service.ts';
import type { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { assignPorts } from '../../src/lab/stack/native/ports.ts';
import { stackSecrets } from '../../src/lab/stack/native/secrets.ts';
import { maxwell } from '../../src/lab/stack/native/services/maxwell.ts';
import type { ServiceContext } from '../../src/lab/stack/native/services/service.ts';
import { StackFiles } from '../../src/lab/stack/native/stack-files.ts';
import { Watchdog } from '../../src/lab/stack/native/watchdog.ts';
import { mariadbServer } from './mariadb-server.ts';

export interface MariadbSource {
  /** Names Alir the source. */
  readonly settings: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts MariaDB, and a Maxwell that reads it and writes to the stack's Kafka; the stack has no Maxwell of its own. */
export async function startMariadbSource(stack: NativeStack, report: StackReport): Promise<MariadbSource> {
  const { name, folder } = stack.files;
  const files = new StackFiles(`${name}-source`, join(folder, 'source'));
  files.makeFolders();
  const free = await assignPorts(files.name, { kafka: 0, mysql: 0, temporal: 0, ui: 0 }, {});
  const ports = { ...free, kafka: stack.ports.kafka };
  const context: ServiceContext = { files, ports, secrets: stackSecrets(files) };
  const watchdog = new Watchdog();
  // Not in the stack's folder: a server that gives up being root must be able to reach it.
  const data = mkdtempSync(join(tmpdir(), 'alir-mariadb-'));
  const [server, reader] = [mariadbServer(data), maxwell].map(
    (service) => new ManagedService({ service, context, watchdog, report, changed: () => undefined }),
  ) as [ManagedService, ManagedService];
  const close = async (): Promise<void> => {
    await reader.stop();
    await server.stop();
    watchdog.close();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await server.start();
    await reader.start();
  } catch (error) {
    await close();
    throw error;
  }
  const settings = {
    SOURCE_MYSQL_HOST: '127.0.0.1',
    SOURCE_MYSQL_PORT: String(ports.mysql),
    SOURCE_MYSQL_USER: 'alir',
    SOURCE_MYSQL_PASSWORD: context.secrets.alir,
  };
  return { settings, close };
}
