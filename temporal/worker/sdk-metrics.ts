import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type RuntimeOptions } from '@temporalio/worker';
import getPort from 'get-port';
import { messageOf } from '../../src/errors/alir-error.ts';
import type { Logger } from '../../src/observability/logger.ts';

/** The SDK's own metrics in Prometheus's text format. */
export type SdkMetrics = () => Promise<string>;

const host = '127.0.0.1';
const tries = 3;

/** Seconds. The SDK's own begin at a tenth, below which nearly everything happens. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];
const latencies = [
  'activity_schedule_to_start_latency',
  'activity_execution_latency',
  'workflow_task_schedule_to_start_latency',
  'request_latency',
];

/** What the SDK warns of, and is meant to be: the worker of the backfills' queue has activities alone. */
const expected = 'No workflows registered, not polling for workflow tasks';

/** The core's own lines, which would otherwise stand between ours as plain text. */
const logging = { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) };

/**
 * Installs the SDK's runtime with our logger; call it once, right before the first connection. Its core, which is not
 * JavaScript, counts for itself and shows that at a loopback port only.
 *
 * @returns what reads its metrics
 */
export async function installRuntime(logger: Logger): Promise<SdkMetrics> {
  const options: RuntimeOptions = {
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      if (message !== expected) logger[level === 'ERROR' ? 'error' : 'warn']({ ...meta }, message);
    }),
    shutdownSignals: [], // the process decides when its parts stop
    workerHeartbeatInterval: 5_000, // a worker that was killed is seen to be gone after four
  };
  for (let left = tries; left > 0; left -= 1) {
    const port = await getPort({ host });
    const prometheus = {
      bindAddress: `${host}:${port}`,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: Object.fromEntries(latencies.map((name) => [name, buckets])),
    };
    try {
      Runtime.install({
        ...options,
        telemetryOptions: { logging, metrics: { prometheus, attachServiceName: false } },
      });
      return () => read(port);
    } catch (error) {
      // Between the choice of the port and its use another program may have taken it.
      logger.warn({ reason: messageOf(error) }, "cannot serve the metrics of Temporal's SDK");
    }
  }
  Runtime.install({ ...options, telemetryOptions: { logging } });
  return () => Promise.resolve('');
}

/** Each on a connection of its own: the SDK closes them without saying so. */
function read(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path: '/metrics', agent: false, timeout: 2_000 }, (answer) => {
      text(answer).then(resolve, reject);
    });
    request.on('timeout', () => request.destroy(new Error("Temporal's SDK does not answer.")));
    request.on('error', reject);
  });
}
