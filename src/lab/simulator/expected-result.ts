import { totalOf, type OrderDraft } from './draft.ts';
import type { SimulatedOrder } from './simulate-orders.ts';

/** Columns of app_consumer.orders that a simulated order decides, as MySQL prints them. */
export interface ExpectedRow {
  readonly order_no: string;
  readonly customer_id: string;
  readonly customer_email: string;
  readonly customer_phone: string;
  readonly status: string;
  readonly currency: string;
  readonly total: string;
  readonly total_matches: string;
  readonly item_count: string;
  readonly weight_grams: string;
  readonly ordered_at: string;
  readonly updated_at: string;
}

/** What must be true when every message of a simulation has been processed, whatever their order. */
export class ExpectedResult {
  sent = 0;
  good = 0;
  bad = 0;
  /** Bad messages by the code of their dead letter. */
  readonly badByCode = new Map<string, number>();
  readonly #newest = new Map<bigint, OrderDraft>();

  /** Notes a message that was sent. */
  add(order: SimulatedOrder): void {
    this.sent++;
    const { truth } = order;
    if (truth.kind === 'bad') {
      this.bad++;
      this.badByCode.set(truth.code, (this.badByCode.get(truth.code) ?? 0) + 1);
      return;
    }
    this.good++;
    const known = this.#newest.get(truth.draft.id);
    if (known === undefined || known.updatedAt < truth.draft.updatedAt)
      this.#newest.set(truth.draft.id, truth.draft);
  }

  /** Orders that the table must hold. */
  get orders(): number {
    return this.#newest.size;
  }

  /** Order id to the row of its newest version. */
  *rows(): Generator<readonly [id: string, row: ExpectedRow], void, void> {
    for (const [id, draft] of this.#newest) yield [id.toString(), expectedRow(draft)];
  }
}

/** The row of one version of an order, computed from the truth and not from the message. */
export function expectedRow(draft: OrderDraft): ExpectedRow {
  const total = totalOf(draft.lines);
  return {
    order_no: draft.orderNo,
    customer_id: String(draft.customerId),
    customer_email: draft.email,
    customer_phone: `+62${draft.phone}`,
    status: draft.status,
    currency: 'IDR',
    total: `${total}.00`,
    total_matches: total === draft.statedTotal ? '1' : '0',
    item_count: String(draft.lines.reduce((sum, line) => sum + line.qty, 0)),
    weight_grams: String(draft.lines.reduce((sum, line) => sum + line.qty * line.grams, 0)),
    ordered_at: datetime6(draft.orderedAt),
    updated_at: datetime6(draft.updatedAt),
  };
}

function datetime6(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 23).replace('T', ' ')}000`;
}
