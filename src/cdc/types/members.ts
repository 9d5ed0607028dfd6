import type { ColumnSchema } from '../schema/table-schema.ts';
import { Broken, NotCarried, type ColumnType } from './column-type.ts';
import { labelsOf } from './labels.ts';
import { inItsCollation } from './texts.ts';

const notText = new Broken('must be a text');
const notList = new Broken('must be a list of texts');
const cut = new NotCarried("may end with the value '', which a bootstrap cuts off");
const unknown = new Broken('is not one of the values that its column lists');

/**
 * ENUM: the text of its value; '' also where it is not in the list (what MySQL keeps for an invalid value).
 *
 * The list is checked here, because MySQL takes a text of digits that is not in it for a position.
 */
export const enumeration: ColumnType = {
  textOf(value, column, origin) {
    if (typeof value !== 'string') return notText;
    return value === '' ? value : (labelsOf(column).find(value, origin) ?? unknown);
  },
  writtenAsNull: () => '',
  fromText: assignable,
  restored: assignable,
  key: inItsCollation,
  // An invalid value has the number 0.
  labels: (column) => [...(membersOf(column).has('') ? [] : ['']), ...membersOf(column).keys()],
  losses: ({ isNullable }) => (isNullable ? ["A live '' that is not in the list becomes NULL."] : []),
};

/** SET: its values in the order of the column's list, with commas between them. */
export const set: ColumnType = {
  textOf(value, column, origin) {
    if (!Array.isArray(value)) return notList;
    const { places, find } = labelsOf(column);
    const positions = new Set<number>();
    for (const item of value) {
      if (typeof item !== 'string') return notList;
      const position = places.get(find(item, origin) ?? item);
      // In a bootstrap the empty set is a list of one empty text.
      if (position === undefined && item !== '') return unknown;
      if (position !== undefined) positions.add(position);
    }
    const empty = places.get('') ?? 0;
    if (origin === 'bootstrap' && positions.size > 0 && Math.max(...positions) < empty) return cut;
    const names = [...places.keys()];
    return [...positions]
      .sort((a, b) => a - b)
      .map((position) => names[position])
      .join(',');
  },
  key: 'A SET cannot be a key: its texts are not in the order of its values.',
  losses: (column) =>
    membersOf(column).has('') ? ["The set that holds only '' becomes the empty set."] : [],
};

/** The values that an ENUM or SET lists, each with its place in the list. */
export function membersOf(column: ColumnSchema): ReadonlyMap<string, number> {
  return labelsOf(column).places;
}

/** Strict mode refuses '' where it is not in the list, but takes the position 0, which is the same. */
function assignable(text: string, column: ColumnSchema): string {
  return membersOf(column).has('') ? text : `IF(LENGTH(${text}) = 0, '${positionZero(column)}', ${text})`;
}

/** A text that MySQL reads as the position 0, and that is not in the list itself. */
function positionZero(column: ColumnSchema): string {
  let zeros = '0';
  while (membersOf(column).has(zeros)) zeros += '0';
  return zeros;
}
