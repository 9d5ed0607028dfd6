import { decimal, fitsScale, roundHalfUp, type Decimal } from './decimal.ts';
import { type Rule } from './rule.ts';
import { Broken } from '../../../cdc/types/column-type.ts';

/** First amount that DECIMAL(20,2) does not hold, in minor units (1/100). */
const limitMinor = 10n ** 20n;

export const tooLarge = new Broken('must be below 1000000000000000000 (DECIMAL(20,2))');
const tooFine = new Broken('must have at most two decimals (the minor unit is 1/100)');

const maybeThousands = new Broken(
  'must not be a text with three decimals in IDR, where 12.000 is twelve thousand: send 12000, or 12.00',
);

/** What its text leaves open; where the point comes from is known of a number, whose grammar is that of JSON. */
interface Doubt {
  /** The text has three digits behind its point: in Indonesia this is how thousands are written. */
  readonly maybeThousands: boolean;
}

/** A unit price, see `price`. */
export type Price = Decimal & Doubt;

/** A stated amount in minor units (1/100), see `amount`. */
export interface Amount extends Doubt {
  readonly minor: bigint;
}

/** A unit price: any number of decimals, since only the sum over the order is rounded. */
export const price: Rule<Price> = (value) => {
  const read = decimal(value);
  if (read instanceof Broken) return read;
  const { units, scale } = read;
  return { units, scale, maybeThousands: isLikeThousands(value, read) };
};

/**
 * A stated amount, in minor units (1/100).
 *
 * More than two decimals are refused rather than rounded; zeros behind them are none (Laravel's `decimal:4` cast).
 */
export const amount: Rule<Amount> = (value) => {
  const read = decimal(value);
  if (read instanceof Broken) return read;
  if (!fitsScale(read, 2)) return tooFine;
  const minor = withinColumn(roundHalfUp(read, 2));
  return minor instanceof Broken ? minor : { minor, maybeThousands: isLikeThousands(value, read) };
};

/** No group of thousands stands behind a lone 0: 0.335 can only be a third of something. */
function isLikeThousands(value: unknown, { units, scale }: Decimal): boolean {
  return scale === 3 && units >= 1000n && typeof value === 'string' && /\.\d{3}$/.test(value.trim());
}

/** The rule that `12.000` breaks in rupiah: nobody can tell whether it is twelve or twelve thousand. */
export function thousandsRule(currency: string, { maybeThousands: isOpen }: Doubt): Broken | null {
  return isOpen && currency === 'IDR' ? maybeThousands : null;
}

/** An amount in minor units, unless it does not fit its column. */
export function withinColumn(minor: bigint): bigint | Broken {
  return minor < limitMinor ? minor : tooLarge;
}

/**
 * Currencies in use whose ISO 4217 entry has two decimals or none.
 *
 * A list of our own, since `Intl` follows CLDR (IQD without decimals, codes long withdrawn) and changes with Node,
 * while the same record must give the same outcome for ever.
 */
export const currencies = (
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP ' +
  'CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF ' +
  'IDR ILS INR IRR ISK JMD JPY KES KGS KHR KMF KPW KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU ' +
  'MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG ' +
  'SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV ' +
  'WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
).split(' ');
