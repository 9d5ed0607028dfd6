import { decimal, fitsScale, roundHalfUp, type Decimal } from './decimal.ts';
import { Broken, type Rule } from './rule.ts';

/** First amount that DECIMAL(20,2) does not hold, in minor units (1/100). */
const limitMinor = 10n ** 20n;

export const tooLarge = new Broken('must be below 1000000000000000000 (DECIMAL(20,2))');
const tooFine = new Broken('must have at most two decimals (the minor unit is 1/100)');

/** A unit price: any number of decimals, since only the sum over the order is rounded. */
export const price: Rule<Decimal> = decimal;

/**
 * A stated amount, in minor units (1/100).
 *
 * More than two decimals are refused rather than rounded; zeros behind them are none (Laravel's `decimal:4` cast).
 */
export const amount: Rule<bigint> = (value) => {
  const read = decimal(value);
  if (read instanceof Broken) return read;
  return fitsScale(read, 2) ? withinColumn(roundHalfUp(read, 2)) : tooFine;
};

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
