import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `alir stack status --json` prints of a stack that is up; kept in `.alir/<name>/stack.json` while it runs. */
export interface StackDescription {
  readonly engine: 'native' | 'docker';
  readonly name: string;
  readonly kafka: { readonly bootstrap: string };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly ui: string;
    readonly metrics?: string;
  };
  readonly mysql: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  readonly databases: { readonly source: string; readonly target: string; readonly replica: string };
  readonly maxwell: {
    readonly clientId: string;
    readonly schemaDatabase: string;
    readonly running: boolean;
    /** Page that tells whether it keeps up. */
    readonly diagnostic?: string;
  };
  /** Process id of the supervisor, with which the servers live; 0 where Docker looks after them. */
  readonly supervisor: number;
}

/** Folder of a stack's data, logs and state, under the current folder. */
export function stackFolder(name: string): string {
  return join(process.cwd(), '.alir', name);
}

/** The description of a running stack, or null when none of that name runs. */
export function readRunningStack(name: string): StackDescription | null {
  let description: StackDescription;
  try {
    description = JSON.parse(readFileSync(join(stackFolder(name), 'stack.json'), 'utf8')) as StackDescription;
  } catch {
    return null; // no file, or one that is being written: no stack to read from
  }
  // Containers are no processes of this system: their description is removed when they are stopped.
  return description.engine === 'docker' || isAlive(description.supervisor) ? description : null;
}

/** The names of the stacks that run from the current folder. */
export function runningStackNames(): string[] {
  let names: string[];
  try {
    names = readdirSync(join(process.cwd(), '.alir'));
  } catch {
    return []; // no stack has ever been started here
  }
  return names.filter((name) => readRunningStack(name) !== null).sort();
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The settings that a running stack supplies, by the names of their environment variables. */
export function settingsOfStack(stack: StackDescription): Record<string, string> {
  const { mysql, databases, maxwell } = stack;
  return {
    KAFKA_BROKERS: stack.kafka.bootstrap,
    TEMPORAL_ADDRESS: stack.temporal.address,
    TEMPORAL_NAMESPACE: stack.temporal.namespace,
    TEMPORAL_UI_URL: stack.temporal.ui,
    MYSQL_HOST: mysql.host,
    MYSQL_PORT: String(mysql.port),
    MYSQL_USER: mysql.user,
    MYSQL_PASSWORD: mysql.password,
    MYSQL_DATABASE: databases.target,
    MYSQL_REPLICA_DATABASE: databases.replica,
    SOURCE_MYSQL_DATABASE: databases.source,
    MAXWELL_DATABASE: maxwell.schemaDatabase,
    MAXWELL_CLIENT_ID: maxwell.clientId,
  };
}
