import { readFileSync } from 'node:fs';
import type { Source } from './mariadb-designs.ts';

/** A run of the workload that is repeated by the tests, shortened; a seed that failed once is added to them. */
export interface SeedFixture {
  readonly source: Source;
  readonly seed: number;
  readonly steps: number;
  /** What went wrong with it. */
  readonly why: string;
}

/** The runs in seeds.json of one source. */
export function seedsOf(source: Source): SeedFixture[] {
  const all = JSON.parse(readFileSync(new URL('seeds.json', import.meta.url), 'utf8')) as SeedFixture[];
  return all.filter((fixture) => fixture.source === source);
}
