import { createHash } from 'node:crypto';
import { decimalText, type Value } from './values.ts';

export interface KeyColumn {
  readonly name: string;
  readonly type: string;
  /** Placeholder; a text compared with a DECIMAL would go through doubles. */
  readonly place: string;
}

/**
 * The keys of a table, numbered. A slot is one key in the eyes of the table's index; its variants are different bytes
 * that the collation takes for the same.
 */
export interface KeySpace {
  readonly columns: readonly KeyColumn[];
  readonly slots: number;
  readonly variants: number;
  readonly at: (slot: number, variant: number) => readonly Value[];
  /** False: a unique index without NULLs in place of a primary key. */
  readonly isPrimary: boolean;
}

const defaults = { slots: 300, variants: 1, isPrimary: true };

function column(name: string, type: string, place = '?'): KeyColumn {
  return { name, type, place };
}

/** Plain numbers from 1. */
export const intKey: KeySpace = {
  ...defaults,
  columns: [column('id', 'INT UNSIGNED')],
  at: (slot) => [slot + 1],
};

const limits = [0n, 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];

/** Numbers that doubles cannot tell apart, and the limits of 64 bits. */
export function bigKey(slots = defaults.slots): KeySpace {
  const at = (slot: number) => [limits[slot] ?? 2n ** 53n + BigInt(slot)];
  return { ...defaults, slots, columns: [column('id', 'BIGINT UNSIGNED')], at };
}

/** Text whose collation ignores capitals, and spaces at the end: variants differ in both. */
export function paddedTextKey(collation: string, isPrimary = true): KeySpace {
  const columns = [column('code', `VARCHAR(60) CHARACTER SET utf8mb4 COLLATE ${collation}`)];
  return {
    ...defaults,
    variants: 4,
    isPrimary,
    columns,
    at: (slot, variant) => [padded(`kunci 😀${slot}`, variant)],
  };
}

/** The same in latin1. */
export const latinKey: KeySpace = {
  ...defaults,
  variants: 4,
  columns: [column('code', 'VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_swedish_ci')],
  at: (slot, variant) => [padded(`kafé-${slot}`, variant)],
};

function padded(key: string, variant: number): string {
  return [key, key.toUpperCase(), `${key} `, `K${key.slice(1)}   `][variant] ?? key;
}

/** Text whose collation ignores capitals and accents, but not spaces at the end: those make a slot of their own. */
export const accentKey: KeySpace = {
  ...defaults,
  variants: 3,
  columns: [column('code', 'VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci')],
  at: (slot, variant) => {
    const key = ['resume 🎓', 'RESUME 🎓', 'résumé 🎓'][variant] ?? '';
    return [`${key}${slot >> 1}${slot % 2 === 1 ? ' ' : ''}`];
  },
};

/** Fixed length, filled with spaces by the server. */
export const charKey: KeySpace = {
  ...defaults,
  variants: 2,
  columns: [column('code', 'CHAR(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')],
  at: (slot, variant) => [variant === 0 ? `nim${slot}` : `NIM${slot}`],
};

/** 16 bytes as of a UUID; in every third one the last bytes are zero, which Maxwell leaves out. */
export const binaryKey: KeySpace = {
  ...defaults,
  columns: [column('id', 'BINARY(16)')],
  at: (slot) => {
    const key = createHash('md5').update(String(slot)).digest();
    if (slot % 3 === 0) key.fill(0, 16 - (1 + (slot % 4)));
    return [key];
  },
};

/** Decimals around zero and at the limits; neighbours differ in the 20th digit. */
export const decimalKey: KeySpace = {
  ...defaults,
  columns: [column('amount', 'DECIMAL(20,2)', 'CAST(? AS DECIMAL(20,2))')],
  at: (slot) => {
    const units = slot % 2 === 0 ? BigInt(slot * 25) : 10n ** 20n - BigInt(slot);
    return [decimalText(slot % 3 === 0 ? -units : units, 2)];
  },
};

/** Times that differ by a microsecond. */
export const timeKey: KeySpace = {
  ...defaults,
  columns: [column('at', 'DATETIME(6)', 'CAST(? AS DATETIME(6))')],
  at: (slot) => [
    `${slot % 2 === 0 ? '2026-11-23 08:15:00' : '1969-12-31 23:59:59'}.${String(slot).padStart(6, '0')}`,
  ],
};

/** A text, a number and a day; the text is the same for many rows. */
export const compositeKey: KeySpace = {
  ...defaults,
  variants: 2,
  columns: [
    column('region', 'VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'),
    column('number', 'INT UNSIGNED'),
    column('day', 'DATE'),
  ],
  at: (slot, variant) => [
    `${variant === 0 ? 'jawa' : 'Jawa'} ${slot % 5}`,
    slot % 2 === 0 ? slot : 4_294_967_295 - slot,
    `2026-0${1 + (slot % 9)}-01`,
  ],
};

/** Two columns, one of which holds bytes. */
export const pairKey: KeySpace = {
  ...defaults,
  columns: [column('owner', 'SMALLINT'), column('part', 'VARBINARY(8)')],
  at: (slot) => [(slot % 7) - 3, Buffer.from([slot >> 8, slot & 0xff, 0].slice(0, 2 + (slot % 2)))],
};
