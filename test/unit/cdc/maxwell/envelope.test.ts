import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../../../src/config/project-root.ts';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import { numberText, type JsonObject } from '../../../../src/cdc/json/exact-number.ts';
import { writeJson } from '../../../../src/cdc/json/write-json.ts';
import { readEnvelope, type MaxwellMessage } from '../../../../src/cdc/maxwell/envelope.ts';
import { readMaxwellKey } from '../../../../src/cdc/maxwell/row-key.ts';

interface Message {
  readonly key: Buffer;
  readonly envelope: MaxwellMessage | null;
}

/** The messages of a fixture file; a line holds key and value as JSON, so that both are written again as bytes. */
function messagesOf(file: string): Message[] {
  const lines = readFileSync(join(projectRoot, 'test', 'fixtures', 'maxwell', file), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const decoded = decodeJsonObject(Buffer.from(line));
    if (!decoded.ok) throw new Error(decoded.reason);
    const { key, value } = decoded.value;
    const keyText = typeof key === 'string' ? key : writeJson(key ?? null);
    return { key: Buffer.from(keyText), envelope: readEnvelope(value as JsonObject) };
  });
}

describe.each(['maxwell-1.45.0', 'maxwell-1.22.6'])('what %s wrote', (name) => {
  const rows = messagesOf(`${name}.jsonl`);
  const ofTable = (table: string) => rows.filter(({ envelope }) => envelope?.table === table);

  test('is an envelope in every message', () => {
    for (const { envelope } of [...rows, ...messagesOf(`${name}.ddl.jsonl`)]) {
      expect(['row', 'control']).toContain(envelope?.kind);
    }
  });

  test('gives every change of a table, marks of the bootstrap around its rows', () => {
    const kinds = ofTable('orders_small').map(({ envelope }) =>
      envelope?.kind === 'row' ? envelope.change : envelope?.kind === 'control' ? envelope.type : null,
    );
    expect(kinds.filter((kind) => kind?.startsWith('bootstrap'))).toEqual([
      'bootstrap-start',
      'bootstrap-insert',
      'bootstrap-insert',
      'bootstrap-complete',
    ]);
    expect(kinds).toEqual(expect.arrayContaining(['insert', 'update', 'delete']));
  });

  test('keeps every digit of the widest columns', () => {
    const wide = ofTable('all_types').flatMap(({ envelope }) =>
      envelope?.kind === 'row' ? [envelope.data] : [],
    );
    expect(wide.map((data) => numberText(data['c_bigint_u']))).toContain('18446744073709551615');
    expect(wide.map((data) => numberText(data['c_dec']))).toContain('0E-30');
  });

  test('has keys that name table and row', () => {
    for (const { key, envelope } of rows) {
      expect(readMaxwellKey(key)).toMatchObject({ database: envelope?.database, table: envelope?.table });
    }
    const widest = ofTable('all_types').map(({ key }) => numberText(readMaxwellKey(key)?.primaryKey['id']));
    expect(widest).toContain('18446744073709551615');
  });

  test('has keys of DDL that name no row', () => {
    for (const { key } of messagesOf(`${name}.ddl.jsonl`)) expect(readMaxwellKey(key)).toBeNull();
  });
});

describe('a Maxwell key', () => {
  test('of the array format names its row', () => {
    expect(readMaxwellKey(Buffer.from('["db","tbl",[{"Id":1},{"b":"x"}]]'))).toEqual({
      database: 'db',
      table: 'tbl',
      primaryKey: { id: 1, b: 'x' },
    });
  });

  test.each(['', '42', 'null', '[]', '[1,2,3]', '["db","tbl"]', '{}', '{"database":1}', '["a"],"b":[1'])(
    'is not %j',
    (key) => {
      expect(readMaxwellKey(Buffer.from(key))).toBeNull();
    },
  );
});

describe('the former values', () => {
  const envelope = { database: 'app', table: 'orders', data: { id: 1 } };

  test.each([null, 'pending', 1, true, ['id', 2], []])('of an update that are %j break it', (old) => {
    expect(readEnvelope({ ...envelope, type: 'update', old })).toEqual({
      kind: 'broken',
      database: 'app',
      table: 'orders',
      problem: 'old: not an object',
    });
  });

  test('may be missing: Maxwell leaves them out when it sees no change', () => {
    expect(readEnvelope({ ...envelope, type: 'update' })).toMatchObject({ kind: 'row', old: {} });
    expect(readEnvelope({ ...envelope, type: 'update', old: {} })).toMatchObject({ kind: 'row', old: {} });
  });

  test.each(['insert', 'delete', 'bootstrap-insert'])('say nothing of %s', (type) => {
    expect(readEnvelope({ ...envelope, type, old: 'x' })).toMatchObject({ kind: 'row', old: {} });
  });
});

describe('a value is no envelope', () => {
  test.each([
    { id: 1, database: 'app', table: 'orders', type: 'insert' },
    { database: 'app', type: 'insert' },
    { database: 'app', table: 'orders' },
    { database: 1, table: 'orders', type: 'insert' },
  ])('%j', (value) => {
    expect(readEnvelope(value as JsonObject)).toBeNull();
  });
});
