import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { searchAttributeKeys } from '../../../../temporal/contract.ts';
import { registerSearchAttributes } from '../../../../temporal/client/search-attributes.ts';

const refused = (code: number) => () =>
  Promise.reject(Object.assign(new Error('Request unauthorized.'), { code }));
const all = Object.fromEntries(Object.values(searchAttributeKeys).map(({ name }) => [name, 2]));

/** A client of which only these calls work. */
function clientOf(calls: {
  list?: () => Promise<unknown>;
  add?: (request: { searchAttributes: object }) => Promise<unknown>;
  describe?: () => Promise<unknown>;
}): Client {
  return {
    options: { namespace: 'kampus' },
    connection: {
      operatorService: { listSearchAttributes: calls.list, addSearchAttributes: calls.add },
      workflowService: { describeNamespace: calls.describe },
    },
  } as unknown as Client;
}

test('only those that are missing are added', async () => {
  const added: object[] = [];
  const others = Object.fromEntries(Object.entries(all).filter(([name]) => name !== 'Topic'));
  const client = clientOf({
    list: () => Promise.resolve({ customAttributes: others }),
    add: ({ searchAttributes }) => Promise.resolve(added.push(searchAttributes)),
  });
  await registerSearchAttributes(client);
  expect(added).toEqual([{ Topic: 2 }]);
  await registerSearchAttributes(clientOf({ list: () => Promise.resolve({ customAttributes: all }) }));
});

test.each([7, 12])('who may use the namespace and not look at them (status %i) goes on', async (status) => {
  await registerSearchAttributes(clientOf({ list: refused(status), describe: () => Promise.resolve({}) }));
});

test('who may not use the namespace either is refused', async () => {
  const client = clientOf({ list: refused(7), describe: refused(16) });
  await expect(registerSearchAttributes(client)).rejects.toMatchObject({ code: 16 });
});

test('who may not add them is told which are missing', async () => {
  const client = clientOf({ list: () => Promise.resolve({ customAttributes: {} }), add: refused(7) });
  await expect(registerSearchAttributes(client)).rejects.toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringContaining('Topic (Keyword)') as string,
  });
});
