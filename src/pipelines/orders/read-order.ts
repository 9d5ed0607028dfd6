import type { JsonObject } from '../../cdc/json/exact-number.ts';
import { thousandsRule } from './fields/money.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import { BrokenFields } from './broken-fields.ts';
import {
  isItem,
  itemFields,
  itemsOf,
  orderSchema,
  plainFields,
  rowFields,
  rowSchema,
  totalRule,
  weightRule,
  type FieldRules,
  type OrderItem,
  type ValuesOf,
} from './order-schema.ts';

/** An order whose fields keep the rules, before anything is computed from them. */
export interface ReadOrder {
  readonly fields: ValuesOf<typeof plainFields>;
  readonly items: readonly OrderItem[] | null;
}

export type OrderShape = 'plain' | 'row';

const rulesOf = { plain: plainFields, row: rowFields } as const;
const schemaOf = { plain: orderSchema, row: rowSchema } as const;

/**
 * Reads an order by the rules of its shape.
 *
 * The schema is the specification; the rules that it is made of are applied here without it, which is ten times as
 * fast. The schema itself runs only for an order that breaks one, to name them all. The tests compare the two.
 *
 * @returns the order, or which rules it breaks
 */
export function readOrder(value: JsonObject, shape: OrderShape): ReadOrder | BrokenFields {
  return readGood(value, shape) ?? brokenFields(value, shape);
}

function readGood(value: JsonObject, shape: OrderShape): ReadOrder | null {
  const fields = readFields(value, rulesOf[shape]) as ReadOrder['fields'] | null;
  const list = itemsOf(value);
  if (fields === null || list instanceof Broken || totalRule(fields.total, list)) return null;
  if (fields.total && thousandsRule(fields.currency, fields.total)) return null;
  if (list === null) return { fields, items: null };
  const items: OrderItem[] = [];
  for (const line of list) {
    const item = isItem(line) ? (readFields(line, itemFields) as OrderItem | null) : null;
    if (item === null || weightRule(item) || thousandsRule(fields.currency, item.price)) return null;
    items.push(item);
  }
  return { fields, items };
}

function readFields(value: JsonObject, rules: FieldRules): Record<string, unknown> | null {
  const read: Record<string, unknown> = {};
  for (const name in rules) {
    const result = rules[name]?.(value[name]);
    if (result instanceof Broken) return null;
    read[name] = result;
  }
  return read;
}

/** Every rule that the order breaks, as the schema tells them. */
function brokenFields(value: JsonObject, shape: OrderShape): BrokenFields {
  const issues = schemaOf[shape].safeParse(value).error?.issues ?? [];
  return new BrokenFields(issues.map(({ path, message }) => ({ path, rule: message })));
}
