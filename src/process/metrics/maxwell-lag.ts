import type { Config } from '../../config/load-config.ts';
import type { Sample, SampledGauges } from '../../observability/sampled-gauges.ts';
import { Sampler } from '../../observability/sampler.ts';
import {
  readMaxwellStatus,
  toleratedSeconds,
  type MaxwellStatus,
} from '../../operations/status/maxwell-status.ts';

/** How far Maxwell is behind at this moment. */
export interface MaxwellLag {
  readonly client: string;
  /** Seconds, 0 as long as it keeps up; null: not known. */
  readonly seconds: number | null;
  /** Whether it has ever read this server, as far as is known. */
  readonly isThere: boolean;
}

/** For a scrape every fifteen seconds each is a reading of its own. */
const limits = { everyMs: 5_000, staleMs: 45_000 };

/** Reads how far Maxwell is when somebody asks. Between readings what was known grows older by the clock. */
export function watchMaxwell(
  config: Config,
  read: (config: Config) => Promise<MaxwellStatus> = readMaxwellStatus,
): () => Promise<MaxwellLag> {
  const sampler = new Sampler(
    async () => ({ status: await read(config), at: performance.now() }),
    limits,
    () => undefined, // it tells itself what it could not read
  );
  return async () => {
    const known = await sampler.value();
    const client = config.settings.MAXWELL_CLIENT_ID;
    if (known === null) return { client, seconds: null, isThere: true };
    const { state, ageSeconds } = known.status;
    if (ageSeconds === null) return { client, seconds: null, isThere: state !== 'absent' };
    const age = ageSeconds + (performance.now() - known.at) / 1000;
    return { client, seconds: age > toleratedSeconds ? age : 0, isThere: true };
  };
}

const labels = ['client'];

const gauges = {
  alir_maxwell_lag_seconds: {
    help: 'How long Maxwell has made no progress in the binlog; 0: up to thirty seconds, which is normal',
    labels,
  },
  alir_maxwell_lag_unknown: {
    help: "1: Maxwell's position is unknown, and so is the lag of the replica; 0: both are known",
    labels,
  },
};

/** @param replicates whether this process reads topics of Maxwell: without them a Maxwell that never ran lacks nobody */
export function maxwellLagGauges(
  lag: () => Promise<MaxwellLag>,
  replicates: () => boolean,
): SampledGauges<keyof typeof gauges> {
  return {
    reading: 'maxwell lag',
    everyMs: 1_000, // what is read has a pace of its own
    waitMs: 5_000,
    gauges,
    async read() {
      const { client, seconds, isThere } = await lag();
      const of = (value: number): Sample[] => [{ labels: { client }, value }];
      return {
        alir_maxwell_lag_seconds: seconds === null ? [] : of(seconds),
        alir_maxwell_lag_unknown: isThere || replicates() ? of(Number(seconds === null)) : [],
      };
    },
  };
}
