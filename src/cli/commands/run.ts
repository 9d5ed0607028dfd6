import { once } from 'node:events';
import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { isAlive } from '../../config/running-stack.ts';
import { createLogger, type Logger } from '../../observability/logger.ts';
import { wholeFrom } from '../numbers.ts';

interface Flags {
  /** Absent where no worker is. */
  readonly promote?: boolean;
  readonly whileAlive?: number;
}

const parts = {
  run: {
    consume: true,
    work: true,
    api: true,
    description: 'consume, transform, load and serve the HTTP API, all in one process',
  },
  worker: {
    consume: false,
    work: true,
    api: false,
    description: 'only the Temporal worker: transforms and loads batches',
  },
  consume: {
    consume: true,
    work: false,
    api: false,
    description: 'only the Kafka consumers: cut batches and start their workflows',
  },
  serve: { consume: false, work: false, api: true, description: 'only the HTTP API' },
} as const;

/** `alir run`, `alir worker`, `alir consume`, `alir serve`: the same process with all parts or one of them. */
export function processCommand(name: keyof typeof parts): Command {
  const { description, consume, work, api } = parts[name];
  const command = new Command(name).description(description);
  if (work) command.option('--no-promote', 'with ALIR_VERSIONING on: do not make this build the current one');
  return command
    .option('--while-alive <pid>', 'stop when the process with this id has ended', wholeFrom(1))
    .action(async (flags: Flags) => {
      const config = loadConfig();
      const logger = createLogger(config.settings.ALIR_LOG_LEVEL);
      const asked = whenAskedToStop(logger, flags.whileAlive ?? null);
      const { startRuntime } = await import('../../process/runtime.ts'); // heavy: not for --help
      const options = { consume, work, api, promote: flags.promote ?? false, waits: asked };
      const runtime = await startRuntime(config, options, logger).catch((error: unknown) => {
        if (!asked.aborted || error !== asked.reason) throw error;
        logger.info('stopped before it had started');
        return null;
      });
      if (runtime === null) {
        // An attempt to reach a server may still be at work, and nothing waits for it.
        setTimeout(() => process.exit(0), 1_000).unref();
        return;
      }
      logger.info(usage(), `alir ${name} is ready`);
      if (!asked.aborted) await once(asked, 'abort');
      await runtime.stop();
      logger.info(usage(), 'stopped');
    });
}

/** Aborted at the first SIGINT or SIGTERM; the second one ends the process with 128 + its number. */
function whenAskedToStop(logger: Logger, parent: number | null): AbortSignal {
  const asked = new AbortController();
  const ask = (signal: NodeJS.Signals): void => {
    if (asked.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    logger.info('stopping: finishing the batches in flight; a second signal stops at once');
    asked.abort();
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  if (parent !== null) {
    const watch = setInterval(() => {
      if (isAlive(parent)) return;
      clearInterval(watch);
      logger.warn('the stack is gone');
      // Without its servers nothing in flight can finish: it is durable, and the next start takes it up.
      process.exit(1);
    }, 1_000);
    watch.unref();
  }
  return asked.signal;
}

/** What the process has used so far: CPU seconds and peak memory. */
function usage(): { cpuSeconds: number; peakRssMb: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssMb: Math.round(maxRSS / 1024) };
}
