import { isJsonObject, numberOf, type JsonObject, type JsonValue } from '../../cdc/json/exact-number.ts';
import { emailAddress, phoneNumber } from './fields/contact.ts';
import { add, decimalText, multiply, roundHalfUp, zero, type Decimal } from './fields/decimal.ts';
import { BrokenFields } from './broken-fields.ts';
import { withinColumn } from './fields/money.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import type { Moment } from './fields/time.ts';
import { gramsPerUnit } from './fields/weight.ts';
import { itemFields, plainFields, type OrderItem } from './order-schema.ts';
import type { ReadOrder } from './read-order.ts';

/** A clean order with everything that is computed from it. Amounts are in minor units (1/100). */
export interface Order {
  readonly id: string;
  readonly orderNo: string | null;
  readonly customerId: string | null;
  readonly customerEmail: string | null;
  readonly customerPhone: string | null;
  readonly status: string;
  readonly currency: string;
  readonly totalMinor: bigint;
  /** The stated total where it differs from the computed one, else null. */
  readonly statedMinor: bigint | null;
  /** Σ qty; what the order states where it has no items, else 0. The same for the weight. */
  readonly itemCount: number;
  readonly weightGrams: bigint;
  readonly orderedAt: Moment | null;
  readonly updatedAt: Moment | null;
  /** The lines as they travel on; null where the order has none. */
  readonly items: readonly JsonObject[] | null;
  /** Fields that Alir does not know, unchanged. */
  readonly extras: JsonObject;
  /** Contact fields that could not be read and were left out: an order is worth more than its phone number. */
  readonly warnings: readonly string[];
}

/** Fields that Alir computes: what a sender writes there is replaced. */
const computedFields = [
  'items',
  'total_minor',
  'total_matches',
  'stated_total',
  'warnings',
  'flag',
  'sync_at',
  'source',
];
const knownFields: ReadonlySet<string> = new Set([...Object.keys(plainFields), ...computedFields]);
const knownItemFields: ReadonlySet<string> = new Set(Object.keys(itemFields));

/** What the columns hold: INT UNSIGNED and BIGINT UNSIGNED. */
const maxItemCount = 2 ** 32 - 1;
const maxWeightGrams = 2n ** 64n - 1n;

/** Cleans an order and computes its totals; an amount that fits no column is a broken rule. */
export function makeOrder(value: JsonObject, read: ReadOrder): Order | BrokenFields {
  const { fields, items } = read;
  const computed = items !== null && items.length > 0 ? withinColumn(sumOfPrices(items)) : null;
  if (computed instanceof Broken) return brokenItems(`their sum ${computed.rule}`);
  const itemCount = items === null ? fields.item_count : items.reduce((sum, item) => sum + item.qty, 0);
  if (itemCount > maxItemCount) return brokenItems('their count must be below 4294967296');
  const weightGrams = items === null ? BigInt(fields.weight_grams) : sumOfWeights(items);
  if (weightGrams > maxWeightGrams) return brokenItems('their weight must be below 2^64 grams');
  const totalMinor = computed ?? fields.total?.minor ?? 0n;
  const email = fields.customer_email === null ? null : emailAddress(fields.customer_email);
  const phone = fields.customer_phone === null ? null : phoneNumber(fields.customer_phone);
  const warnings: string[] = [];
  if (email === null && fields.customer_email !== null) warnings.push('customer_email');
  if (phone === null && fields.customer_phone !== null) warnings.push('customer_phone');
  return {
    id: fields.id,
    orderNo: fields.order_no,
    customerId: fields.customer_id,
    customerEmail: email,
    customerPhone: phone,
    status: fields.status,
    currency: fields.currency,
    totalMinor,
    statedMinor: fields.total !== null && fields.total.minor !== totalMinor ? fields.total.minor : null,
    itemCount,
    weightGrams,
    orderedAt: fields.ordered_at,
    updatedAt: fields.updated_at,
    items: items && items.map((item, index) => writtenItem(item, (value['items'] as JsonObject[])[index])),
    extras: extrasOf(value, knownFields),
    warnings,
  };
}

function brokenItems(rule: string): BrokenFields {
  return new BrokenFields([{ path: ['items'], rule }]);
}

/** Σ qty × price in minor units, rounded once, half up. */
function sumOfPrices(items: readonly OrderItem[]): bigint {
  let sum: Decimal = zero;
  for (const item of items) sum = add(sum, multiply(item.price, { units: BigInt(item.qty), scale: 0 }));
  return roundHalfUp(sum, 2);
}

/** Σ qty × weight in grams, rounded once, half up. */
function sumOfWeights(items: readonly OrderItem[]): bigint {
  let sum: Decimal = zero;
  for (const item of items) {
    if (item.weight === null || item.weight_unit === null) continue;
    const each = multiply(item.weight, gramsPerUnit[item.weight_unit]);
    sum = add(sum, multiply(each, { units: BigInt(item.qty), scale: 0 }));
  }
  return roundHalfUp(sum, 0);
}

function writtenItem(item: OrderItem, source: JsonObject | undefined): JsonObject {
  const written: JsonObject = { sku: item.sku, qty: item.qty, price: decimalText(item.price, 2) };
  if (item.weight !== null) written['weight'] = numberOf(decimalText(item.weight, 0));
  if (item.weight_unit !== null) written['weight_unit'] = item.weight_unit;
  return isJsonObject(source) ? Object.assign(written, extrasOf(source, knownItemFields)) : written;
}

function extrasOf(value: JsonObject, known: ReadonlySet<string>): JsonObject {
  const extras: JsonObject = {};
  for (const name in value) if (!known.has(name)) extras[name] = value[name] as JsonValue;
  return extras;
}
