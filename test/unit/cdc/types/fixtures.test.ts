import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import { numberText, type JsonObject } from '../../../../src/cdc/json/exact-number.ts';
import { readEnvelope } from '../../../../src/cdc/maxwell/envelope.ts';
import { Broken, type Origin } from '../../../../src/cdc/types/column-type.ts';
import { lossesOf, textOf } from '../../../../src/cdc/types/columns.ts';
import { projectRoot } from '../../../../src/config/project-root.ts';
import { columnOf } from './column.ts';

/** The table `all_types` of the recordings, as its CREATE TABLE there says. */
const types: Readonly<Record<string, string>> = {
  id: 'bigint unsigned',
  c_tinyint: 'tinyint',
  c_tinyint1: 'tinyint(1)',
  c_smallint: 'smallint',
  c_mediumint: 'mediumint',
  c_int: 'int',
  c_int_u: 'int unsigned',
  c_bigint: 'bigint',
  c_bigint_u: 'bigint unsigned',
  c_dec: 'decimal(65,30)',
  c_dec2: 'decimal(12,2)',
  c_float: 'float',
  c_double: 'double',
  c_bit1: 'bit(1)',
  c_bit8: 'bit(8)',
  c_bit64: 'bit(64)',
  c_char: 'char(10)',
  c_varchar: 'varchar(50)',
  c_text: 'text',
  c_latin1: 'varchar(20)',
  c_binary: 'binary(8)',
  c_varbinary: 'varbinary(16)',
  c_blob: 'blob',
  c_date: 'date',
  c_datetime: 'datetime',
  c_datetime3: 'datetime(3)',
  c_datetime6: 'datetime(6)',
  c_timestamp: 'timestamp',
  c_timestamp6: 'timestamp(6)',
  c_time: 'time',
  c_time6: 'time(6)',
  c_year: 'year',
  c_enum: "enum('','a','b')",
  c_set: "set('','x','y','z')",
  c_json: 'json',
  c_geom: 'point',
  c_gen: 'int',
};

interface Row {
  readonly id: string;
  readonly origin: Origin;
  readonly texts: Readonly<Record<string, string | null>>;
}

function rowsOf(version: string): Row[] {
  const path = join(projectRoot, 'test', 'fixtures', 'maxwell', `maxwell-${version}.jsonl`);
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .flatMap((line): Row[] => {
      const decoded = decodeJsonObject(Buffer.from(line));
      if (!decoded.ok) throw new Error(decoded.reason);
      const envelope = readEnvelope(decoded.value['value'] as JsonObject);
      if (envelope?.kind !== 'row' || envelope.table !== 'all_types') return [];
      const origin = envelope.change === 'bootstrap-insert' ? 'bootstrap' : 'live';
      return [{ id: numberText(envelope.data['id']) ?? '', origin, texts: textsOf(envelope.data, origin) }];
    });
}

function textsOf(data: JsonObject, origin: Origin): Record<string, string | null> {
  const texts = Object.entries(types).map(([name, type]) => {
    const text = textOf(columnOf(type), data[name] ?? null, origin);
    return [name, text instanceof Broken ? `broken: ${text.rule}` : text] as const;
  });
  return Object.fromEntries(texts);
}

const ordinary = '1';
const zeros = '18446744073709551615';

describe.each(['1.45.0', '1.22.6'])('rows that Maxwell %s wrote', (version) => {
  const rows = rowsOf(version);
  const newest = (id: string, origin: Origin) =>
    rows.findLast((row) => row.id === id && row.origin === origin);

  test('have a text for every live value', () => {
    const live = rows.filter(({ origin }) => origin === 'live');
    expect(live).toHaveLength(5);
    for (const { texts } of live) expect(Object.values(texts).join('\n')).not.toContain('broken: ');
    expect(live[0]?.texts).toMatchObject({
      c_bigint_u: '18446744073709551615',
      c_dec: '12345678901234567890123456789012345.123456789012345678901234567891',
      c_dec2: '12.50',
      c_bit64: '9223372036854775809',
      c_varchar: 'naïve 😀',
      c_binary: 'AQAAAAAAAAA=',
      c_timestamp6: '2026-11-23 08:15:00.999999',
      c_set: 'x,z',
      c_json: '{"a": [1, 2.5, 12345678901234567890], "b": 1.1, "t": "é"}',
      c_geom: 'POINT(106.8 -6.2)',
      c_gen: '-2147483647',
    });
    expect(newest(zeros, 'live')?.texts).toMatchObject({
      c_dec: `0.${'0'.repeat(30)}`,
      c_double: '0',
      c_binary: 'AAAAAAAAAAA=',
      c_datetime3: '0000-00-00 00:00:00.000',
      c_year: '0000',
      c_set: '',
      c_json: null,
    });
  });

  test.each([
    [ordinary, ['c_bit64']],
    [
      zeros,
      [
        'c_bit64',
        ...(version === '1.22.6' ? ['c_date'] : []),
        ...['c_datetime', 'c_datetime3', 'c_datetime6', 'c_timestamp', 'c_timestamp6', 'c_year'],
      ],
    ],
  ])('are the same live and from a bootstrap, but for what is lost: %s', (id, lost) => {
    const live = newest(id, 'live')?.texts ?? {};
    const bootstrap = newest(id, 'bootstrap')?.texts ?? {};
    const different = Object.keys(types).filter((name) => live[name] !== bootstrap[name]);
    expect(different).toEqual(lost);
    for (const name of lost) expect(lossesOf(columnOf(types[name] ?? '')).join(' ')).toContain('bootstrap');
  });
});
