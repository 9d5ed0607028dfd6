import { Gauge, type Registry } from 'prom-client';
import { Sampler, type SamplerLimits } from './sampler.ts';

/** One value of a gauge, with a text for each of its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Gauges that one reading fills. */
export interface SampledGauges<Name extends string = string> extends SamplerLimits {
  /** How the reading is called where it fails. */
  readonly reading: string;
  /** By the gauge's name: what it means, and its labels. */
  readonly gauges: Readonly<Record<Name, { readonly help: string; readonly labels: readonly string[] }>>;
  readonly read: () => Promise<Readonly<Record<Name, readonly Sample[]>>>;
}

/** Registers the gauges. Where the reading fails they have no samples: a value of long ago would be taken for today's. */
export function registerSampled<Name extends string>(
  registry: Registry,
  { gauges, read, ...limits }: SampledGauges<Name>,
  failed: (error: unknown) => void,
): void {
  const sampler = new Sampler(read, limits, failed);
  for (const name of Object.keys(gauges) as Name[]) {
    const { help, labels } = gauges[name];
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const reading = await sampler.value();
        this.reset(); // what is gone from the reading is gone here
        for (const sample of reading?.[name] ?? []) this.set({ ...sample.labels }, sample.value);
      },
    });
  }
}
