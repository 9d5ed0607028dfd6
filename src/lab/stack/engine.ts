import type { StackDescription } from '../../config/running-stack.ts';

export const serviceNames = ['kafka', 'mysql', 'temporal', 'maxwell'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** One thing that happens while a stack starts or stops; shown as a progress line. */
export interface StackEvent {
  readonly service: ServiceName | 'stack';
  readonly phase: 'working' | 'ready' | 'stopped' | 'failed';
  readonly text: string;
}

export type StackReport = (event: StackEvent) => void;

/** Ports that the user chose; 0 means any free one, absent means what the stack's name implies. */
export interface ChosenPorts {
  readonly kafka?: number;
  readonly mysql?: number;
  readonly temporal?: number;
  readonly ui?: number;
}

export interface UpOptions {
  readonly name: string;
  readonly withoutMaxwell?: boolean;
  readonly ports?: ChosenPorts;
  /** Stay until interrupted, and end the servers then. */
  readonly foreground?: boolean;
  /** Called when every server answers; with `foreground` long before `up` returns. */
  readonly onReady?: (description: StackDescription) => void;
}

export interface LogOptions {
  readonly service?: string;
  /** How many of the last lines of each log. */
  readonly lines: number;
  readonly follow?: boolean;
}

/** A server of a running stack, as `alir stack status` lists it. */
export interface ServiceStatus {
  readonly service: string;
  readonly state: 'running' | 'stopped';
  readonly pid: number | null;
  readonly address: string;
}

export interface StackStatus {
  readonly description: StackDescription;
  readonly services: readonly ServiceStatus[];
}

/** What brings the servers to life: child processes (native), or containers. */
export interface StackEngine {
  /**
   * Starts the stack, or what is down of one that runs, and returns when every server answers.
   *
   * @throws AlirError SERVER_FAILED naming what did not start
   */
  up(options: UpOptions, report: StackReport): Promise<StackDescription>;
  /**
   * Starts a server of a running stack and returns when it answers, with Docker when its container runs.
   *
   * @throws AlirError SERVER_FAILED, STACK_NOT_RUNNING
   */
  start(name: string, service: ServiceName, report: StackReport): Promise<void>;
  /** Ends a server of a running stack in order; it stays down until it is started. @throws AlirError STACK_NOT_RUNNING */
  stop(name: string, service: ServiceName, report: StackReport): Promise<void>;
  /** Ends the stack. Returns false when none ran. */
  down(name: string, report: StackReport): Promise<boolean>;
  /** @throws AlirError STACK_NOT_RUNNING */
  status(name: string): Promise<StackStatus>;
  /** The lines that the servers wrote, as they are read. */
  logs(name: string, options: LogOptions): AsyncIterable<string>;
  /** Ends the stack and removes its data. What was downloaded stays. */
  reset(name: string, report: StackReport): Promise<void>;
}
