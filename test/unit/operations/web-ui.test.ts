import { expect, test } from 'vitest';
import { hasDeadLetters, workflowLink, workflowListLink } from '../../../src/operations/web-ui.ts';

const local = { TEMPORAL_UI_URL: 'http://localhost:8233', TEMPORAL_NAMESPACE: 'default' };

test('the list of batches with dead letters has its query in the address', () => {
  const link = workflowListLink(local, hasDeadLetters);
  expect(link).toBe('http://localhost:8233/namespaces/default/workflows?query=DeadLettered%20%3E%200');
  expect(new URL(link).searchParams.get('query')).toBe('DeadLettered > 0');
});

test('an address may end with a slash, and the id of a batch has slashes of its own', () => {
  const cloud = { TEMPORAL_UI_URL: 'https://cloud.temporal.io/', TEMPORAL_NAMESPACE: 'kampus.a1b2c' };
  expect(workflowLink(cloud, 'orders/raw_orders/1/0/1000')).toBe(
    'https://cloud.temporal.io/namespaces/kampus.a1b2c/workflows/orders%2Fraw_orders%2F1%2F0%2F1000',
  );
});
