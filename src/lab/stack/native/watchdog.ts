import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/*
 * The source of the watchdog process. It learns the servers' process ids from its standard input ("+12", "-12") and
 * ends them when that pipe closes, which the kernel does however its owner died. Given as text, since a file would
 * need another loader in a checkout than in a build.
 */
const source = `
process.title = 'alir-watchdog';
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
const pids = new Set();
let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) line[0] === '+' ? pids.add(Number(line.slice(1))) : pids.delete(Number(line.slice(1)));
});
const all = (name) => {
  for (const pid of pids) {
    try { process.kill(-pid, name); } catch { pids.delete(pid); }
  }
};
const end = () => {
  if (pids.size === 0) process.exit();
  const started = Date.now();
  all('SIGTERM');
  const timer = setInterval(() => {
    all(Date.now() - started > 2000 ? 'SIGKILL' : 0);
    if (pids.size === 0 || Date.now() - started > 10000) { clearInterval(timer); process.exit(); }
  }, 100);
};
process.stdin.on('end', end);
process.stdin.on('error', end);
`;

/** Ends the registered processes when this process is gone, whatever ended it. */
export class Watchdog {
  readonly #pids = new Set<number>();
  #child: ChildProcess | null = null;
  #closed = false;

  /** Registers a process that leads a process group of its own. */
  add(pid: number): void {
    this.#pids.add(pid);
    if (this.#child) this.#tell(`+${pid}`);
    else this.#start();
  }

  remove(pid: number): void {
    if (this.#pids.delete(pid)) this.#tell(`-${pid}`);
  }

  /** Lets the watchdog go; what is still registered is ended by it. */
  close(): void {
    this.#closed = true;
    this.#child?.stdin?.end();
    this.#child = null;
  }

  #start(): void {
    // Detached, or a signal to the terminal's process group would end the watchdog together with its owner.
    const child = spawn(process.execPath, ['-e', source], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    this.#child = child;
    child.stdin.on('error', () => undefined); // EPIPE: it died; the exit event starts another
    child.once('exit', () => {
      if (this.#closed || this.#child !== child) return;
      this.#start();
    });
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref(); // neither keeps a finished program from ending
    for (const pid of this.#pids) this.#tell(`+${pid}`);
  }

  #tell(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
