import { readFileSync } from 'node:fs';
import type { NativeStack } from '../../src/lab/stack/native/native-stack.ts';

/** What processes have used in a phase, as Linux counts it. */
export interface Usage {
  readonly seconds: number;
  /** CPU seconds by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Share of the machine that everything else took: other work disturbs the figures. */
  readonly otherCpuShare: number;
  /** Largest resident memory of the first process while the phase went on, megabytes. */
  readonly peakRssMb: number;
}

const sampleEveryMs = 200;

/** The process ids of a stack's servers, by name. */
export function serverProcesses(stack: NativeStack): Record<string, number> {
  const names = ['mysql', 'kafka', 'maxwell', 'temporal'] as const;
  return Object.fromEntries(names.map((name) => [name, stack.pid(name) ?? 0]));
}

/**
 * Begins to watch processes.
 *
 * @param processes name to process id; the memory of the first is sampled
 * @returns ends the phase
 */
export function watchUsage(processes: Readonly<Record<string, number>>): () => Usage {
  const [watched = 0] = Object.values(processes);
  const cpuNow = (): Record<string, number> =>
    Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, cpuOf(pid)]));
  const before = { cpu: cpuNow(), busy: busySeconds(), own: ownCpu(), at: performance.now() };
  let peak = rssOf(watched);
  const sampling = setInterval(() => (peak = Math.max(peak, rssOf(watched))), sampleEveryMs);
  return () => {
    clearInterval(sampling);
    const seconds = (performance.now() - before.at) / 1000;
    const cpu = Object.fromEntries(
      Object.entries(cpuNow()).map(([name, used]) => [name, round(used - (before.cpu[name] ?? 0))]),
    );
    const ours = Object.values(cpu).reduce((sum, used) => sum + used, ownCpu() - before.own);
    const busy = busySeconds();
    return {
      seconds: round(seconds),
      cpu,
      otherCpuShare: round(
        Math.max(0, busy.busy - before.busy.busy - ours) / Math.max(1, busy.all - before.busy.all),
      ),
      peakRssMb: Math.round(Math.max(peak, rssOf(watched))),
    };
  };
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

/** CPU seconds of the whole machine, used and in all. */
function busySeconds(): { busy: number; all: number } {
  const fields =
    readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/).slice(1, 9).map(Number) ?? [];
  const all = fields.reduce((sum, ticks) => sum + ticks, 0) / 100;
  const idle = ((fields[3] ?? 0) + (fields[4] ?? 0)) / 100;
  return { busy: all - idle, all };
}

function round(figure: number): number {
  return Number(figure.toFixed(2));
}
