import type { DraftLine, OrderDraft } from './draft.ts';
import { phpObject, phpText } from './php-json.ts';
import type { Random } from './random.ts';

/** Members of an order's JSON, name to JSON. */
export type Members = (readonly [name: string, json: string])[];

/**
 * An order as a Laravel application of the campus writes it: capitals and spaces in e-mail addresses, phone numbers as
 * people type them, grams and kilograms, prices as texts and numbers, times with and without a zone.
 */
export function writeDraft(draft: OrderDraft, random: Random): Members {
  const members: Members = [
    ['id', draft.id.toString()],
    ['order_no', `"${draft.orderNo}"`],
    ['customer_id', String(draft.customerId)],
    ['customer_email', `"${random.chance(0.3) ? ` ${draft.email.toUpperCase()} ` : draft.email}"`],
    ['customer_phone', `"${writtenPhone(draft.phone, random)}"`],
    ['status', `"${draft.status}"`],
    ['currency', '"IDR"'],
    ['total', `"${draft.statedTotal}.00"`],
    ['items', `[${draft.lines.map((line) => writtenLine(line, random)).join(',')}]`],
    ['ordered_at', writtenTime(draft.orderedAt, random)],
    ['updated_at', writtenTime(draft.updatedAt, random)],
  ];
  if (draft.note !== null) members.push(['note', phpText(draft.note)], ['meta', '[]']);
  return members;
}

function writtenLine(line: DraftLine, random: Random): string {
  const members: Members = [
    ['sku', phpText(line.sku)],
    ['qty', String(line.qty)],
    ['price', random.chance(0.7) ? `"${line.price}.00"` : String(line.price)],
  ];
  if (line.grams > 0) {
    const inKilograms = random.chance(0.5);
    members.push(['weight', String(inKilograms ? line.grams / 1000 : line.grams)]);
    members.push(['weight_unit', inKilograms ? '"kg"' : '"g"']);
  }
  return phpObject(members);
}

function writtenPhone(digits: string, random: Random): string {
  const form = random.whole(4);
  if (form === 0) return `+62${digits}`;
  if (form === 1) return `62${digits}`;
  return form === 2 ? `0${digits}` : `0${digits.slice(0, 3)}-${digits.slice(3, 7)}-${digits.slice(7)}`;
}

/** Jakarta's wall clock, with its offset (Carbon) or without (a query's raw result). */
function writtenTime(millis: number, random: Random): string {
  const local = new Date(millis + 7 * 3_600_000).toISOString();
  return random.chance(0.7)
    ? `"${local.slice(0, 23)}+07:00"`
    : `"${local.slice(0, 10)} ${local.slice(11, 23)}000"`;
}
