import { intKey, type KeySpace } from './keys.ts';
import { setOf } from './structured-values.ts';
import { note, nullable, price, required, status, type Column, type TableDesign } from './tables.ts';
import * as values from './values.ts';
import type { Make } from './values.ts';

/**
 * Labels with everything that a quoted text may have to escape; in no order of the alphabet. Not among them: a single
 * quote of any kind, at which Maxwell 1.22 ends.
 */
const labels = ['z', "it's", 'say "hi"', 'back\\slash', "''", '\\\\', '10', '2', ' a', 'é 中', '%s'];
const quotedLabels = (list: readonly string[]) =>
  list.map((label) => `'${label.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`).join(',');
const enumLabels = [...labels, 'a,b', 'a', ''];
/** The server takes the spaces at the end of a label away. */
const enumOfLabels = `ENUM(${quotedLabels([...enumLabels, 'space ']).replace("'é 中'", "'é 中  '")})`;
const setLabels = labels.slice(0, 9);

const unsigned = (digits: number, scale: number): Make => {
  const make = values.decimal(digits, scale);
  return (random, serial) => String(make(random, serial)).replace('-', '');
};

const fromBytes = (column: Column): Column => ({ ...column, place: 'CONVERT(? USING latin1)' });
const pieces = ['78', 'e9', '3f', '81', '8d', '8f', '90', '9d', 'c381', 'e2809d', '80', '20'];

/** Bytes of latin1, among them the five that stand for no character, as old applications keep UTF-8 there. */
const undefinedBytes: Make = (random) =>
  Buffer.from(Array.from({ length: random.whole(6) }, () => random.pick(pieces)).join(''), 'hex');

/** Keys that differ in a byte that stands for no character: each has neighbours that Maxwell cannot tell from it. */
const byteKey: KeySpace = {
  columns: [{ name: 'code', type: 'VARCHAR(20) CHARACTER SET latin1', place: 'CONVERT(? USING latin1)' }],
  slots: 200,
  variants: 1,
  isPrimary: true,
  at: (slot) => [
    Buffer.concat([Buffer.from(`x${slot >> 2}`), Buffer.from([[0x3f, 0x81, 0x9d, 0x7a][slot % 4] ?? 0])]),
  ],
};

const oddKey: KeySpace = {
  ...intKey,
  columns: [
    { name: 'Nomor`Urut', type: 'INT UNSIGNED', place: '?' },
    { name: "bagian 'x'", type: 'VARCHAR(10) CHARACTER SET latin1', place: '?' },
  ],
  at: (slot) => [slot >> 1, slot % 2 === 0 ? 'a' : 'b'],
};

const partitionedKey: KeySpace = { ...intKey, slots: 3000 };

/** Types, names and kinds of table that came to grief somewhere; each has a table of its own. */
export const specialTables: readonly TableDesign[] = [
  {
    name: 'unsigned_decimals',
    key: intKey,
    columns: [
      nullable('price', 'DECIMAL(10,2) UNSIGNED', unsigned(10, 2)),
      required('weight', 'NUMERIC(12,3) UNSIGNED', unsigned(12, 3)),
      nullable('count', 'DECIMAL(20) UNSIGNED', unsigned(20, 0)),
      nullable('filled', 'DECIMAL(10,2) ZEROFILL', unsigned(10, 2)),
      nullable('number', 'INT(8) ZEROFILL', values.whole(0n, 2n ** 32n - 1n)),
      nullable('ratio', 'DOUBLE UNSIGNED', values.oneOf(0, 0.5, 1e15)),
    ],
  },
  {
    name: 'labels',
    key: intKey,
    columns: [
      nullable('choice', enumOfLabels, values.oneOf(...enumLabels, 'space')),
      required('fixed', enumOfLabels, values.oneOf(...enumLabels, 'space')),
      nullable('some', `SET(${quotedLabels(setLabels)})`, setOf(...setLabels)),
      status,
    ],
  },
  {
    name: 'odd_names',
    key: oddKey,
    columns: [
      nullable('a`b', 'INT', values.whole(-100n, 100n)),
      nullable('`', 'VARCHAR(20)', values.text(20)),
      nullable('with space', 'VARCHAR(20)', values.text(20)),
      nullable("it's", 'DECIMAL(10,2)', values.decimal(10, 2)),
      nullable('say "hi"', 'INT', values.whole(-100n, 100n)),
      nullable('CamelCase', 'INT', values.whole(-100n, 100n)),
      nullable('order', 'INT', values.whole(-100n, 100n)),
      nullable('harga–é', 'INT', values.whole(-100n, 100n)),
      nullable('back\\slash', 'INT', values.whole(-100n, 100n)),
    ],
  },
  {
    name: 'latin1_bytes',
    key: intKey,
    columns: [
      fromBytes(nullable('varchar_', 'VARCHAR(20) CHARACTER SET latin1', undefinedBytes)),
      fromBytes(required('text_', 'TEXT CHARACTER SET latin1', undefinedBytes)),
      price,
    ],
  },
  { name: 'latin1_byte_keys', key: byteKey, columns: [note, price] },
  {
    name: 'parts_by_range',
    key: partitionedKey,
    columns: [note, price],
    partitioning: {
      by: 'range',
      parts: [500, 1000, 1500, 2000, 3001].map((below, i) => ({ name: `p${i}`, below })),
    },
    rows: 1000,
  },
  {
    name: 'parts_by_hash',
    key: partitionedKey,
    columns: [status, note],
    partitioning: { by: 'hash', count: 4 },
    rows: 1000,
  },
];
