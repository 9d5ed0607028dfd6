import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackFolder, type StackDescription } from '../../../config/running-stack.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import type { ServiceName } from '../engine.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** A server that runs, or ran when this was written. */
export interface RegisteredServer extends ProcessIdentity {
  readonly service: ServiceName;
}

/** Everything that a stack keeps on disk: one folder, so that removing it removes the stack. */
export class StackFiles {
  readonly name: string;
  readonly folder: string;

  constructor(name: string, folder?: string) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
      throw new AlirError('USAGE', `"${name}" cannot name a stack: use letters, digits, ".", "-" and "_".`);
    }
    this.name = name;
    this.folder = folder ?? stackFolder(name);
  }

  get description(): string {
    return join(this.folder, 'stack.json');
  }

  get servers(): string {
    return join(this.folder, 'servers.json');
  }

  get supervisor(): string {
    return join(this.folder, 'supervisor.json');
  }

  get ports(): string {
    return join(this.folder, 'ports.json');
  }

  get secrets(): string {
    return join(this.folder, 'secrets.json');
  }

  /** Folder for a server's data and configuration. */
  data(service: ServiceName): string {
    return join(this.folder, service);
  }

  log(service: ServiceName | 'supervisor'): string {
    return join(this.folder, 'logs', `${service}.log`);
  }

  makeFolders(): void {
    mkdirSync(join(this.folder, 'logs'), { recursive: true, mode: 0o700 });
  }

  readDescription(): StackDescription | null {
    return readJson<StackDescription>(this.description);
  }

  readServers(): RegisteredServer[] {
    return readJson<RegisteredServer[]>(this.servers) ?? [];
  }

  /** Forgets what described the running stack; its data stays. */
  forgetRun(): void {
    for (const file of [this.description, this.servers]) rmSync(file, { force: true });
  }
}

/** The content of a JSON file, or null when there is none that can be read. */
export function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** Writes a JSON file for its owner only; a reader sees the old content or the new one, never a part. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
