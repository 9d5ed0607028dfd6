import { type Decimal } from './decimal.ts';
import { oneOf } from './text.ts';

const grams = (units: bigint, scale = 0): Decimal => ({ units, scale });

/** Units of weight to grams, exact. `ons` is the Indonesian one, 100 g; the ounce is `oz`. */
export const gramsPerUnit = {
  mg: grams(1n, 3),
  g: grams(1n),
  gr: grams(1n),
  gram: grams(1n),
  ons: grams(100n),
  kg: grams(1000n),
  t: grams(1_000_000n),
  oz: grams(28_349_523_125n, 9),
  lb: grams(45_359_237n, 5),
  lbs: grams(45_359_237n, 5),
} as const satisfies Record<string, Decimal>;

export type WeightUnit = keyof typeof gramsPerUnit;

export const weightUnit = oneOf(Object.keys(gramsPerUnit) as WeightUnit[]);
