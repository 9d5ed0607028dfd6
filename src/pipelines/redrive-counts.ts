/**
 * What became of the letters that a redrive took: every letter is in exactly one of the figures after `letters`.
 *
 * - loaded, ignored, superseded: closed (src/metadata/dead-letters/states.ts);
 * - failed: still wrong, and open;
 * - quarantined: still wrong, too often;
 * - skipped: not tried, since its pipeline is gone, its table is paused, or only Kafka had its value;
 * - taken: somebody else closed it, or took it over, in the meantime.
 */
export interface RedriveCounts {
  readonly letters: number;
  readonly loaded: number;
  readonly ignored: number;
  readonly superseded: number;
  readonly failed: number;
  readonly quarantined: number;
  readonly skipped: number;
  readonly taken: number;
}

export const noRedriven: RedriveCounts = {
  letters: 0,
  loaded: 0,
  ignored: 0,
  superseded: 0,
  failed: 0,
  quarantined: 0,
  skipped: 0,
  taken: 0,
};

export function addRedriven(a: RedriveCounts, b: RedriveCounts): RedriveCounts {
  const names = Object.keys(noRedriven) as (keyof RedriveCounts)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as RedriveCounts;
}
