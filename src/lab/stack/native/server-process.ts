import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { AlirError, messageOf } from '../../../errors/alir-error.ts';
import type { ServiceName } from '../engine.ts';
import { lastLines, openLog, sizeOf } from './log-file.ts';
import type { Watchdog } from './watchdog.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server as a child process in its own process group, its output in a log file. */
export class ServerProcess {
  /** Settles when the process has ended. */
  readonly ended: Promise<Exit>;
  exit: Exit | null = null;
  readonly service: ServiceName;
  readonly log: string;
  readonly #child: ChildProcess;
  readonly #logStart: number;
  #spawnError: string | null = null;

  constructor(service: ServiceName, command: Command, log: string, watchdog: Watchdog) {
    this.service = service;
    this.log = log;
    this.#logStart = sizeOf(log);
    const output = openLog(log);
    // Detached: Ctrl-C goes to the whole terminal group, and the supervisor is to end the servers in order.
    this.#child = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const pid = this.#child.pid;
    if (pid !== undefined) watchdog.add(pid);
    this.ended = new Promise((resolve) => {
      const settle = (exit: Exit) => {
        this.exit = exit;
        if (pid !== undefined) watchdog.remove(pid);
        resolve(exit);
      };
      this.#child.once('exit', (code, signal) => settle({ code, signal }));
      this.#child.once('error', (error) => {
        if (pid === undefined) settle({ code: 127, signal: null });
        this.#spawnError = messageOf(error);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Polls until the probe succeeds. @throws AlirError SERVER_FAILED when the server ends or the time is over */
  async waitUntilReady(probe: () => Promise<void>, seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      if (this.exit) throw this.failure();
      try {
        await Promise.race([probe(), this.ended]);
        if (!this.exit) return;
      } catch (error) {
        if (Date.now() > deadline) throw this.#tooSlow(seconds, error);
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 150)), this.ended]);
      }
    }
  }

  /** Asks the server to end and waits; ends it the hard way after the grace time. */
  async stop(graceSeconds: number): Promise<void> {
    if (this.exit) return;
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceSeconds * 1000);
    await this.ended;
    clearTimeout(timer);
  }

  signal(name: NodeJS.Signals): void {
    if (this.exit || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // It ended by itself a moment ago.
    }
  }

  /** The sentence about a server that has ended: exit code, last words, log. */
  failure(): AlirError {
    const how = this.exit?.signal ? `ended by ${this.exit.signal}` : `exited with code ${this.exit?.code}`;
    const words = this.#spawnError ?? lastLines(this.log, 2, this.#logStart).join(' | ');
    return new AlirError(
      'SERVER_FAILED',
      `${this.service} ${how}; its log ${this.log} ends with: ${words || '(nothing)'}`,
    );
  }

  #tooSlow(seconds: number, cause: unknown): AlirError {
    return new AlirError(
      'SERVER_FAILED',
      `${this.service} runs but did not answer within ${seconds} s (log: ${this.log}): ${messageOf(cause)}`,
      { cause },
    );
  }
}
