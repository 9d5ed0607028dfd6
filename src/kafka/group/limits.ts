import type { KafkaSettings } from '../kafkajs-client.ts';
import type { GroupLimits } from './types.ts';

/** The limits that the settings ask for. */
export function limitsOf({ settings }: KafkaSettings): GroupLimits {
  return {
    maxRows: settings.ALIR_BATCH_MAX_ROWS,
    maxBytes: settings.ALIR_BATCH_MAX_BYTES,
    lingerMs: settings.ALIR_BATCH_LINGER_MS,
    maxQueuedBytes: 67_108_864,
    graceMs: settings.ALIR_SHUTDOWN_GRACE_SECONDS * 1_000,
  };
}
