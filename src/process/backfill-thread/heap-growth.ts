import { setFlagsFromString } from 'node:v8';

/** How far a heap grows beyond what was alive after a collection, per cent, before all of it is collected again. */
const growingPercent = 80;

let working = 0;

/**
 * Does work during which V8 collects the whole of a heap less often, in every thread of this process.
 *
 * With a limit of 192 MB V8 lets a heap grow by 30 % (`MaxGrowingFactor` in its heap/heap-controller.cc), some 10 MB,
 * which a backfill fills five times a second: a quarter of its processor time went into marking what was alive, on
 * threads of V8's own (docs/decisions/2026-11-29-what-v8-did-beside.md). The limit itself stays. Not all the time: what
 * a heap has once taken it keeps.
 */
export async function withFurtherGrowth<Result>(work: () => Promise<Result>): Promise<Result> {
  working += 1;
  if (working === 1) setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
  try {
    return await work();
  } finally {
    working -= 1;
    if (working === 0) setFlagsFromString('--heap-growing-percent=0'); // V8's own choice
  }
}
