import type { TopicTransform, Pipeline } from '../pipeline.ts';
import { ordersTable } from './target-row.ts';
import { transformOrder } from './transform-order.ts';

/** Orders as Laravel sends them, and as Maxwell reads them from the shop's database, into app_consumer.orders. */
export const orders: Pipeline & TopicTransform = {
  name: 'orders',
  kind: 'tables',
  description:
    'Orders from raw_orders and from the source database into app_consumer.orders and enriched_orders',
  group: 'etl-workers',
  topics: ['raw_orders', 'producer.app_producer.orders'],
  transform: transformOrder,
  table: ordersTable,
  tables: [ordersTable],
  outputTopic: 'enriched_orders',
  open: () => orders,
};
