import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../cdc/json/exact-number.ts';
import { decimal } from './fields/decimal.ts';
import { amount, currencies, price, thousandsRule, type Amount } from './fields/money.ts';
import { optional, required, withDefault, type Rule } from './fields/rule.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import { oneOf, text } from './fields/text.ts';
import { jakartaMinutes, time } from './fields/time.ts';
import { weightUnit } from './fields/weight.ts';
import { unsigned64, whole } from './fields/whole.ts';

export const statuses = ['pending', 'paid', 'shipped', 'done', 'cancelled'] as const;
const status = oneOf(statuses);
const currency = oneOf(currencies, 'the ISO 4217 codes with up to two decimals');
const maxUnsigned32 = 4_294_967_295;
const quantity = whole(1, maxUnsigned32);
const itemCount = whole(0, maxUnsigned32);

/** One line of an order. */
export const itemFields = {
  sku: optional(text),
  qty: required(quantity),
  price: required(price),
  /** Of one piece; absent: it weighs nothing (a service, an e-book). */
  weight: optional(decimal),
  weight_unit: optional(weightUnit),
};

/** An order as plain JSON. Times without a zone are Asia/Jakarta's. */
export const plainFields = {
  id: required(unsigned64),
  order_no: optional(text),
  customer_id: optional(unsigned64),
  customer_email: optional(text),
  customer_phone: optional(text),
  status: withDefault(status, 'pending'),
  currency: withDefault(currency, 'IDR'),
  total: optional(amount),
  /** Taken where the order has no items: these are computed from them. */
  item_count: withDefault(itemCount, 0),
  weight_grams: withDefault(unsigned64, '0'),
  ordered_at: optional(time(jakartaMinutes)),
  updated_at: optional(time(jakartaMinutes)),
};

/**
 * A row of app_producer.orders in a Maxwell envelope. Its times are UTC, and what a plain order may leave out must be
 * there: without it the image is partial (`binlog_row_image=MINIMAL`), and a default would overwrite a value.
 */
export const rowFields = {
  ...plainFields,
  status: required(status),
  currency: required(currency),
  total: required(amount),
  ordered_at: optional(time(0)),
  updated_at: required(time(0)),
};

export type FieldRules = Readonly<Record<string, Rule<unknown>>>;
export type ValuesOf<Rules extends FieldRules> = {
  [Name in keyof Rules]: Exclude<ReturnType<Rules[Name]>, Broken>;
};

export type OrderItem = ValuesOf<typeof itemFields>;

const notList = new Broken('must be a list (PHP: array_values makes one)');
const unitMissing = new Broken('required with a weight');
const totalMissing = new Broken('required where the order has no items');

/** The lines of an order; null when it has none. */
export function itemsOf(value: JsonObject): unknown[] | Broken | null {
  const items = value['items'];
  if (items === undefined || items === null) return null;
  return Array.isArray(items) ? items : notList;
}

/** A weight without a unit could be anything. */
export function weightRule(item: Pick<OrderItem, 'weight' | 'weight_unit'>): Broken | null {
  return item.weight !== null && item.weight_unit === null ? unitMissing : null;
}

/** What an order is worth must follow from its items or be stated. */
export function totalRule(total: unknown, items: readonly unknown[] | null): Broken | null {
  return total === null && (items === null || items.length === 0) ? totalMissing : null;
}

/** The fields of an order that are judged together. */
interface CheckedFields {
  readonly currency?: string;
  readonly total?: Amount | null;
  readonly items?: readonly OrderItem[] | null;
}

/** Optional, since the rules themselves say what must be there. */
const anything = z.unknown().optional();

/** The specification of a plain order, and of a row in a Maxwell envelope. Unknown fields pass. */
export const orderSchema = schemaOf(plainFields);
export const rowSchema = schemaOf(rowFields);

function schemaOf(fields: FieldRules) {
  const item = z
    .looseObject(shapeOf(itemFields))
    .check((context) => complain(context, ['weight_unit'], weightRule(context.value as OrderItem)));
  const items = anything
    .transform((value, context) => {
      const list = itemsOf({ items: value as never });
      return list instanceof Broken ? refuse(context, list) : list;
    })
    .pipe(z.array(item).nullable());
  return z.looseObject({ ...shapeOf(fields), items }).check((context) => {
    const { currency: code = '', total, items: lines } = context.value as CheckedFields;
    complain(context, ['total'], totalRule(total, lines ?? null));
    if (total) complain(context, ['total'], thousandsRule(code, total));
    lines?.forEach((line, index) =>
      complain(context, ['items', index, 'price'], thousandsRule(code, line.price)),
    );
  });
}

function shapeOf(fields: FieldRules) {
  return Object.fromEntries(Object.entries(fields).map(([name, rule]) => [name, field(rule)]));
}

function field(rule: Rule<unknown>) {
  return anything.transform((value, context) => {
    const read = rule(value);
    return read instanceof Broken ? refuse(context, read) : read;
  });
}

interface Context {
  readonly value: unknown;
  readonly issues: unknown[];
}

function refuse(context: Context, broken: Broken): typeof z.NEVER {
  context.issues.push({ code: 'custom', message: broken.rule, input: context.value });
  return z.NEVER;
}

function complain(context: Context, path: readonly PropertyKey[], broken: Broken | null): void {
  if (broken)
    context.issues.push({ code: 'custom', message: broken.rule, input: undefined, path: [...path] });
}

/** Whether a line has the form of one at all; its fields are checked by `itemFields`. */
export const isItem = isJsonObject;
