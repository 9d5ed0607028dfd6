import { describe, expect, test } from 'vitest';
import { collapse, fingerprint } from '../../../src/apply/changes.ts';
import { decide, type Held } from '../../../src/apply/decide.ts';
import { keyText } from '../../../src/pipelines/packed-outcome.ts';
import { notesTable, put, recordsOf, remove, type Step } from '../../support/batches.ts';

/** Rows and fences as key to version; a row holds body "old" and amount 1.00. */
function held(rows: Record<string, number>, fences: Record<string, number> = {}): Held {
  const old = fingerprint(['old', '1.00']);
  return {
    rows: new Map(
      Object.entries(rows).map(([key, at]) => [keyText([key]), { version: [1, at, 0], fingerprint: old }]),
    ),
    fences: new Map(Object.entries(fences).map(([key, at]) => [keyText([key]), [1, at, 0]])),
  };
}

function decided(steps: readonly Step[], what: Held, rewrite = false) {
  const { changes } = collapse(notesTable, recordsOf(steps), new Map());
  const { counts, upserts, deletes } = decide(notesTable, changes, what, rewrite);
  const kinds = Object.entries(counts).filter(([, count]) => count > 0);
  return {
    counts: Object.fromEntries(kinds),
    upserts: upserts.map(({ key }) => (JSON.parse(key) as string[]).join()),
    deletes: deletes.map(({ key }) => (JSON.parse(key) as string[]).join()),
  };
}

const old = { body: 'old', amount: '1.00' };

describe('what becomes of a change', () => {
  test('a row that is not there is inserted, one that is there updated or left as it is', () => {
    expect(
      decided([put(1, 5), put(2, 5, old), put(3, 5, { ...old, body: 'new' })], held({ 2: 4, 3: 4 })),
    ).toEqual({
      counts: { inserted: 1, unchanged: 1, updated: 1 },
      // What is unchanged is written too: its position and its stamps are newer.
      upserts: ['1', '2', '3'],
      deletes: [],
    });
  });

  test('an empty text, NULL and an absent column are told apart', () => {
    const empty = {
      rows: new Map([[keyText(['1']), { version: [1, 1, 0], fingerprint: fingerprint(['', null]) }]]),
      fences: new Map(),
    };
    expect(decided([put(1, 5, { body: '' })], empty).counts).toEqual({ unchanged: 1 });
    expect(decided([put(1, 5)], empty).counts).toEqual({ updated: 1 });
  });

  test('neither an older row nor an older delete beats what is there, and equal positions only at a re-read', () => {
    const steps = [put(1, 3), put(2, 4), remove(3, 3), remove(4, 4)];
    const rows = held({ 1: 4, 2: 4, 3: 4, 4: 4 });
    expect(decided(steps, rows)).toEqual({ counts: { stale: 4 }, upserts: [], deletes: ['3', '4'] });
    expect(decided(steps, rows, true)).toEqual({
      counts: { stale: 2, updated: 1, deleted: 1 },
      upserts: ['2'],
      deletes: ['3', '4'],
    });
  });

  test('a re-read writes a row of the same position only where its values or the spelling of its key may differ', () => {
    const steps = [put(1, 4, old), put(2, 4, { ...old, body: 'new' }), put(3, 5, old)];
    const rows = held({ 1: 4, 2: 4, 3: 4 });
    expect(decided(steps, rows, true)).toEqual({
      counts: { unchanged: 2, updated: 1 },
      upserts: ['2', '3'],
      deletes: [],
    });
    const collated = {
      ...notesTable,
      key: notesTable.key.map((column) => ({ ...column, isCollated: true })),
    };
    const { changes } = collapse(collated, recordsOf(steps), new Map());
    expect(decide(collated, changes, rows, true).upserts).toHaveLength(3);
  });

  test('a fence holds off what is older than the delete, and lets newer rows through', () => {
    const fences = held({}, { 1: 5, 2: 5, 3: 5 });
    expect(decided([put(1, 4), put(2, 5), put(3, 6)], fences)).toEqual({
      counts: { stale: 2, inserted: 1 },
      upserts: ['3'],
      deletes: [],
    });
    expect(decided([remove(1, 4), remove(2, 6)], fences).counts).toEqual({ stale: 1, unchanged: 1 });
  });

  test('the delete half of a key change is written and not counted', () => {
    expect(decided([{ ...put(2, 5), replaces: ['1'] }], held({ 1: 4 }))).toEqual({
      counts: { inserted: 1 },
      upserts: ['2'],
      deletes: ['1'],
    });
  });
});
