import { expect, test } from 'vitest';
import { schemaOfDefinition } from '../../../../src/cdc/schema/maxwell-schema.ts';
import { quoteText } from '../../../../src/cdc/schema/quote.ts';
import { NotCarried } from '../../../../src/cdc/types/column-type.ts';
import { textOf } from '../../../../src/cdc/types/columns.ts';
import { labelsOf } from '../../../../src/cdc/types/labels.ts';
import { columnOf } from './column.ts';

const values = ["it's", "it's not", 'c:\\temp', '\\', 'say "hi"', 'a "b"', 'ends', '', 'a\nb', 'é'];
const today = columnOf(`enum(${values.map(quoteText).join(',')})`);

/** As Maxwell 1.22.6 writes them in the rows of a table that it found at its start. */
const printed = ["it''s", "it''s not", 'c:\\\\temp', '\\\\', 'say "hi"', 'a "b"', 'ends', '', 'a\\nb', 'é'];
/** As it writes them where a statement says 'it\'s', 'it''s not', …, "a ""b""", 'ends '. */
const written = [
  "it\\'s",
  "it''s not",
  'c:\\\\temp',
  '\\\\',
  'say "hi"',
  'a ""b""',
  'ends ',
  '',
  'a\\nb',
  'é',
];

function learnt(spelt: readonly string[]) {
  const column = { type: 'enum', name: 'e', 'enum-values': [...spelt] };
  const definition = { database: 'app_producer', table: 't', columns: [column], 'primary-key': [] };
  return schemaOfDefinition(definition)!.columns[0]!.spelt;
}

test('of a table that Maxwell found at its start are found by what information_schema prints', () => {
  const { find } = labelsOf(today);
  expect(printed.map((text) => find(text, 'live'))).toEqual(values);
});

test('of a table that it learnt from a statement are found by what the statement says', () => {
  const { find } = labelsOf({ ...today, spelt: learnt(written)! });
  expect(written.map((text) => find(text, 'live'))).toEqual(values);
  // No longer known by its definition: by what a spelling may mean.
  expect(written.map((text) => labelsOf(today).find(text, 'live'))).toEqual(values);
});

test('of a definition of its time are found in a list that has changed since', () => {
  const { find } = labelsOf({
    ...columnOf(`enum('new',${values.map(quoteText).join(',')})`),
    spelt: written,
  });
  expect(written.map((text) => find(text, 'live'))).toEqual(values);
});

test('come as they are in a bootstrap', () => {
  const { find } = labelsOf({ ...today, spelt: written });
  expect(values.map((text) => find(text, 'bootstrap'))).toEqual(values);
});

test('of which one is as another one is spelt are told apart by where the row comes from', () => {
  const { find } = labelsOf(columnOf(`enum(${["a'b", "a''b"].map(quoteText).join(',')})`));
  expect(["a''b", "a''''b"].map((text) => find(text, 'live'))).toEqual(["a'b", "a''b"]);
  expect(["a'b", "a''b"].map((text) => find(text, 'bootstrap'))).toEqual(["a'b", "a''b"]);
});

test('that are not listed are not found', () => {
  expect(labelsOf(today).find('it', 'live')).toBeUndefined();
});

test('of a SET that may end with an empty value are not told by a bootstrap, which cuts it off', () => {
  const column = columnOf("set('a','','b')");
  expect(textOf(column, ['a'], 'bootstrap')).toBeInstanceOf(NotCarried);
  expect(textOf(column, ['a'], 'live')).toBe('a');
  expect(textOf(column, ['a', ''], 'live')).toBe('a,');
  expect(textOf(column, ['a', '', 'b'], 'bootstrap')).toBe('a,,b');
  expect(textOf(columnOf("set('','a')"), ['a'], 'bootstrap')).toBe('a');
});
