import type { ErrorCode } from '../../errors/catalogue.ts';
import { phpObject } from './php-json.ts';
import type { Members } from './write-draft.ts';

/** One way in which an order can be bad, and the code under which it must end in the dead letters. */
export interface Poison {
  readonly name: string;
  readonly code: ErrorCode;
  /** Spoils a good order. */
  readonly spoil: (members: Members) => Buffer;
}

const text = (json: string): Buffer => Buffer.from(json, 'utf8');

function withField(name: string, json: string): (members: Members) => Buffer {
  return (members) => text(phpObject(members.map((member) => (member[0] === name ? [name, json] : member))));
}

/** Every kind of poison that the simulator sends. */
export const poisons: readonly Poison[] = [
  { name: 'empty', code: 'RECORD_EMPTY', spoil: () => Buffer.alloc(0) },
  {
    name: 'cut off',
    code: 'RECORD_NOT_JSON',
    spoil: (members) => text(phpObject(members).slice(0, -20)),
  },
  {
    name: 'not UTF-8',
    code: 'RECORD_NOT_UTF8',
    spoil: (members) => Buffer.concat([text(phpObject(members)), Buffer.from([0xff, 0xfe])]),
  },
  {
    name: 'a list',
    code: 'RECORD_NOT_OBJECT',
    spoil: (members) => text(`[${phpObject(members)}]`),
  },
  {
    name: 'a key twice',
    code: 'RECORD_DUPLICATE_KEY',
    spoil: (members) => text(phpObject([...members, ['status', '"done"']])),
  },
  { name: 'no id', code: 'ORDER_INVALID', spoil: withField('id', 'null') },
  { name: 'unknown currency', code: 'ORDER_INVALID', spoil: withField('currency', '"XQX"') },
  { name: 'negative total', code: 'ORDER_INVALID', spoil: withField('total', '"-35000.00"') },
  { name: 'absurd total', code: 'ORDER_INVALID', spoil: withField('total', '"99999999999999999999.00"') },
  { name: 'no such date', code: 'ORDER_INVALID', spoil: withField('ordered_at', '"2026-02-30 10:00:00"') },
  {
    name: 'from the future',
    code: 'ORDER_FROM_FUTURE',
    spoil: withField('updated_at', '"2199-01-01T00:00:00+07:00"'),
  },
  {
    name: 'text too long for its column',
    code: 'ROW_REJECTED',
    spoil: withField('order_no', `"ORD-${'9'.repeat(96)}"`),
  },
];
