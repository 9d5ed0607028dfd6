import type { Random } from '../../src/lab/simulator/random.ts';

/** What is bound to a placeholder. */
export type Value = string | number | bigint | Buffer | null;

/** Makes a value of a column. `serial` is another number for every row that the workload writes. */
export type Make = (random: Random, serial: number) => Value;

/** NULL in about every seventh row. */
export function orNull(make: Make): Make {
  return (random, serial) => (random.chance(0.15) ? null : make(random, serial));
}

/** One of a few values. */
export function oneOf(...values: readonly Value[]): Make {
  return (random) => random.pick(values);
}

/** Whole numbers, their limits and what lies around zero more often than chance would have it. */
export function whole(min: bigint, max: bigint): Make {
  const special = [min, min + 1n, max - 1n, max, 0n, 1n].filter((value) => value >= min && value <= max);
  return (random) => (random.chance(0.3) ? random.pick(special) : min + bigBelow(random, max - min + 1n));
}

/** Decimal numbers as text, so that no digit is lost. */
export function decimal(precision: number, scale: number): Make {
  const limit = 10n ** BigInt(precision);
  const special = [0n, 1n, limit - 1n, limit / 10n];
  return (random) => {
    // Short ones too: the precision is rarely used up.
    const below = 10n ** BigInt(1 + random.whole(precision));
    const units = random.chance(0.3) ? random.pick(special) : bigBelow(random, below);
    return decimalText(random.chance(0.5) ? units : -units, scale);
  };
}

/** `units` of 10^-scale, written out. */
export function decimalText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

/**
 * Any normal number of single precision but the greatest ones: 3.4028235e38, the shortest text of the largest, is above
 * it when it is read as a double, and MySQL refuses it.
 */
export const float: Make = (random) => {
  if (random.chance(0.3)) return random.pick([0, 1.5, -0.1, 16_777_216, 16_777_215, 1e-30, 3.4e38]);
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, (random.bits() & 0x807fffff) | ((1 + random.whole(253)) << 23));
  return view.getFloat32(0);
};

/** Any normal number of double precision. */
export const double: Make = (random) => {
  if (random.chance(0.3)) {
    return random.pick([0, 0.1, -2.5, 2 ** 53 + 2, 1e21, 1e-7, Number.MAX_VALUE, -Number.MAX_VALUE]);
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, (random.bits() & 0x800fffff) | ((1 + random.whole(2045)) << 20));
  view.setUint32(4, random.bits());
  return view.getFloat64(0);
};

// prettier-ignore
const plain = ['a', 'Z', 'kampus', 'ORD-2026', '7', '0', ' ', '  ', "'", '"', '\\', '/', '?', '%s', '\n', '\t', 'null'];
// prettier-ignore
const beyondLatin = ['ï', 'e\u0301', 'ß', '–', '中文', '😀', '👩‍🎓', '\u0000', '\u0001', '\ufeff', '${x}', '{"a":1}'];
const latin = ['é', 'ÿ', 'Ä', '€', '½', 'ß'];

/** Text of at most `max` characters: spaces at both ends, quotes, control characters, characters of four bytes. */
export function text(max: number, pieces: readonly string[] = [...plain, ...beyondLatin]): Make {
  return (random) => {
    let made = '';
    for (let count = random.whole(9); count > 0; count--) made += random.pick(pieces);
    return [...made].slice(0, max).join('');
  };
}

/** Text that latin1 can hold. */
export function latinText(max: number): Make {
  return text(max, [...plain, ...latin]);
}

/** Mostly short text, now and then one that needs more than two bytes for its length. */
export function longText(length: number): Make {
  const short = text(200);
  return (random, serial) =>
    random.chance(0.01) ? `${'panjang–'.repeat(length / 8)}${serial}` : short(random, serial);
}

/** Bytes of any value, often with zeros at the end. */
export function bytes(min: number, max: number): Make {
  return (random) => {
    const made = Buffer.alloc(min + random.whole(max - min + 1));
    const filled = random.chance(0.4) ? random.whole(made.length + 1) : made.length;
    for (let i = 0; i < filled; i++) made[i] = random.bits() & 0xff;
    return made;
  };
}

function bigBelow(random: Random, below: bigint): bigint {
  let bits = 0n;
  for (let reach = 1n; reach < below; reach <<= 32n) bits = (bits << 32n) | BigInt(random.bits());
  return bits % below;
}
