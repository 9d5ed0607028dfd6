import type { ServiceName } from '../../engine.ts';
import type { Tell } from '../obtain/cache.ts';
import type { StackPorts } from '../ports.ts';
import type { StackSecrets } from '../secrets.ts';
import type { Command } from '../server-process.ts';
import type { StackFiles } from '../stack-files.ts';

/** What a server needs to know of the stack it belongs to. */
export interface ServiceContext {
  readonly files: StackFiles;
  readonly ports: StackPorts;
  readonly secrets: StackSecrets;
}

/** One kind of server: how it is obtained, prepared, started, recognised as ready, and made ready for use. */
export interface Service {
  readonly name: ServiceName;
  /** Servers that must answer before this one is started with the stack. */
  readonly startsAfter: readonly ServiceName[];
  /** Servers that must answer before this one is started again after it died: without them it would die again. */
  readonly needs: readonly ServiceName[];
  /** Time to answer after its start, on a slow machine that recovers from a crash. */
  readonly readySeconds: number;
  /** Time to end in order before it is ended the hard way. */
  readonly graceSeconds: number;
  /** Fetches the program and writes data folder and configuration; done before every start, quick when nothing is new. */
  prepare(context: ServiceContext, tell: Tell): Promise<Command>;
  /** Resolves when the server does its work, throws while it does not. */
  probe(context: ServiceContext): Promise<void>;
  /** Makes what every user of the stack finds there. */
  furnish?(context: ServiceContext): Promise<void>;
  /** Done before it is asked to end; what fails here is left to the grace time. */
  beforeStop?(context: ServiceContext): Promise<void>;
  /** Where it is reached, for people. */
  address(ports: StackPorts): string;
}
