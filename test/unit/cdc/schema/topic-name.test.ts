import { expect, test } from 'vitest';
import { whyNoTopic } from '../../../../src/cdc/schema/topic-name.ts';

const database = 'shop';

test.each(['items', 'order_items', 'a-b', 'a.b', 'A9'])('%s can be a topic', (table) => {
  expect(whyNoTopic({ database, table })).toBeNull();
});

test.each(['a b', 'a$b', 'prix€', 'a`b', 'a/b', 'x'.repeat(240), 'items.dlq'])('%s cannot', (table) => {
  expect(whyNoTopic({ database, table })).toContain(`shop.${table}: `);
});

test('nor can a table of a database whose name is no part of a topic', () => {
  expect(whyNoTopic({ database: 'my shop', table: 'items' })).toContain('Rename it before');
  expect(whyNoTopic({ database: 'my.shop', table: 'items' })).toContain("another table's");
});
