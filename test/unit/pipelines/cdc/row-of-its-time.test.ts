import { expect, test } from 'vitest';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { replicaTarget } from '../../../../src/pipelines/cdc/replica-target.ts';
import { RowTransform } from '../../../../src/pipelines/cdc/transform-row.ts';
import { makeRecord } from '../../../support/records.ts';
import { columnOf } from '../../cdc/types/column.ts';

const schema: TableSchema = {
  database: 'shop',
  table: 'items',
  columns: [
    columnOf('int', { name: 'id' }),
    columnOf('varchar(20)', { name: 'code' }),
    columnOf('int', { name: 'added', defaultText: '5' }),
  ],
  key: ['id'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: '',
};
const then = { ...schema, columns: [columnOf('int', { name: 'id' }), columnOf('int', { name: 'code' })] };

function outcomeOf(
  data: object,
  schemaId: number,
  { isFinal = false, readAfter = null as number | null } = {},
) {
  const schemaAt = (moment: { schemaId: number | null }) => (moment.schemaId === 4 ? then : null);
  const envelope = {
    database: 'shop',
    table: 'items',
    type: 'update',
    ts: 1_795_000_000,
    schema_id: schemaId,
  };
  const value = Buffer.from(JSON.stringify({ ...envelope, data, old: {} }));
  const record = makeRecord({
    topic: 'producer.shop.items',
    partition: 0,
    offset: 41,
    timestamp: 0,
    key: null,
    value,
    headers: [],
  });
  const again = () => Promise.reject(new Error('not asked for here'));
  const found = { schema, readAfter, schemaAt };
  const flow = new RowTransform(found, replicaTarget(schema, 'app_olap'), isFinal ? undefined : again);
  return flow.transform(record, { flag: 'live', syncAt: '2026-11-25T03:00:01.500Z', epoch: 1 });
}

test('a row is decoded by the definition of its time; what was added since has its default', () => {
  expect(outcomeOf({ id: 1, code: 17 }, 4)).toMatchObject({
    kind: 'upsert',
    row: { code: '17', added: '5' },
  });
  expect(outcomeOf({ id: 1, code: 17, added: null }, 5)).toMatchObject({
    kind: 'dead',
    code: 'ROW_REJECTED',
  });
});

test.each([
  ['a column', { id: 1, code: 'x' }, 5],
  ['its key', { code: 17 }, 4],
])(
  'a row that lacks %s which its table had pauses the table, until it is read again',
  (_, data, schemaId) => {
    expect(outcomeOf(data, schemaId)).toMatchObject({ kind: 'dead', code: 'ENVELOPE_INVALID' });
    expect(() => outcomeOf(data, schemaId, { isFinal: true })).toThrow(/is not a whole row/);
    expect(outcomeOf(data, schemaId, { isFinal: true, readAfter: 1_795_000_001_000 }).kind).toBe('ignored');
  },
);
