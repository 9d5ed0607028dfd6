import { expect, test } from 'vitest';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { topicOf } from '../../../../src/pipelines/cdc/cdc.ts';
import { replicaTarget } from '../../../../src/pipelines/cdc/replica-target.ts';
import { RowTransform } from '../../../../src/pipelines/cdc/transform-row.ts';
import type { Outcome } from '../../../../src/pipelines/pipeline.ts';
import { makeRecord } from '../../../support/records.ts';
import { columnOf } from '../../cdc/types/column.ts';

const latin1 = { charset: 'latin1', collation: 'latin1_swedish_ci' };
const schema: TableSchema = {
  database: 'shop',
  table: 'items',
  columns: [
    columnOf('int', { name: 'id' }),
    columnOf('varchar(9)', { name: 'k', ...latin1 }),
    columnOf('varchar(9)', { name: 'v', ...latin1 }),
    columnOf('varchar(9)', { name: 'u' }),
  ],
  key: ['id', 'k'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: 'utf8mb4_general_ci',
};

function outcomeOf(type: string, data: object, old?: object): Outcome {
  const value = { database: 'shop', table: 'items', type, ts: 1_795_000_000, data, old };
  const record = makeRecord({
    topic: topicOf('shop', 'items'),
    partition: 0,
    offset: 41,
    timestamp: 0,
    key: null,
    value: Buffer.from(JSON.stringify(value)),
    headers: [],
  });
  const flow = new RowTransform({ schema, readAfter: null }, replicaTarget(schema, 'app_olap'));
  return flow.transform(record, { flag: 'live', syncAt: '2026-11-25T03:00:01.500Z', epoch: 1 });
}

const row = { id: 1, k: 'x', v: 'é', u: '\ufffd' };

test('U+FFFD in a column of Unicode is a character', () => {
  expect(outcomeOf('insert', row)).toMatchObject({ kind: 'upsert', row: { v: 'é', u: '\ufffd' } });
});

test.each([
  ['insert', undefined, [['1', 'x']]],
  ['update', { u: 'a' }, [['1', 'x']]],
  [
    'update',
    { id: 7 },
    [
      ['1', 'x'],
      ['7', 'x'],
    ],
  ],
])(
  'a value that Maxwell could not read has the row read from the source: %s, before it %j',
  (type, old, keys) => {
    expect(outcomeOf(type, { ...row, v: 'a\ufffd' }, old)).toEqual({
      kind: 'ignored',
      why: 'column v holds characters that Maxwell cannot read (U+FFFD): the row is read from the source',
      refetch: keys,
    });
  },
);

test('the values of a deleted row matter to nobody', () => {
  expect(outcomeOf('delete', { ...row, v: '\ufffd' })).toMatchObject({ kind: 'delete', key: ['1', 'x'] });
});

test.each([
  ['insert', { k: 'x\ufffd' }, undefined, [['1', 'x\ufffd']]],
  ['delete', { k: 'x\ufffd' }, undefined, [['1', 'x\ufffd']]],
  [
    'update',
    { k: 'x' },
    { k: '\ufffd' },
    [
      ['1', 'x'],
      ['1', '\ufffd'],
    ],
  ],
])(
  'a key that Maxwell could not read is dead, and what it may mean is read: %s of %j',
  (type, data, old, keys) => {
    expect(outcomeOf(type, { ...row, ...data }, old)).toEqual({
      kind: 'dead',
      code: 'ROW_REJECTED',
      reason:
        'column k holds characters that Maxwell cannot read (U+FFFD), and it is part of the key: Alir reads all rows that it may stand for ' +
        'from the source',
      reasons: [{ path: 'k', rule: 'holds characters that Maxwell cannot read (U+FFFD)' }],
      refetch: keys,
    });
  },
);
