import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collapse, compareVersions, fingerprint, upsertsJson } from '../../../src/apply/changes.ts';
import type { Rejection } from '../../../src/pipelines/pipeline.ts';
import { notesTable, put, recordsOf, remove, type Step } from '../../support/batches.ts';

function collapsed(steps: readonly Step[], refused = new Map<number, Rejection>()) {
  const { changes, ...counts } = collapse(notesTable, recordsOf(steps), refused);
  const upserts = changes.filter(({ entry }) => entry !== null);
  const deletes = changes.filter(({ entry }) => entry === null);
  return { changes, upserts, deletes, ...counts };
}

describe('collapse', () => {
  test('keeps the newest change of a key, whatever the order, and counts the others', () => {
    const { upserts, deletes, superseded } = collapsed([
      put(1, 5),
      put(1, 3),
      remove(2, 1),
      put(2, 2),
      put(3, 1),
      remove(3, 9),
    ]);
    expect(upserts.map(({ key, index }) => [key, index])).toEqual([
      ['["1"]', 0],
      ['["2"]', 3],
    ]);
    expect(deletes.map(({ key }) => key)).toEqual(['["3"]']);
    expect(superseded).toBe(3);
  });

  test('sorts keys as numbers', () => {
    const keys = ['10', '9', '18446744073709551615', '9007199254740993', '0'];
    expect(
      collapsed(keys.map((key) => put(key, 1))).upserts.map(({ key }) => (JSON.parse(key) as string[])[0]),
    ).toEqual(['0', '9', '10', '9007199254740993', '18446744073709551615']);
  });

  test('a key change is a delete that is not counted and an upsert that is', () => {
    const changes = collapsed([put(1, 1), { ...put(2, 2), replaces: ['1'] }]);
    expect(changes).toMatchObject({
      superseded: 1,
      upserts: [{ key: '["2"]' }],
      deletes: [{ key: '["1"]', counted: false }],
    });
  });

  test('every record is counted once', () => {
    const step = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const outcomes = steps.map(([key, version, kind]): Step => {
          if (kind === 0) return { kind: 'ignored', why: '' };
          if (kind === 1) return remove(key, version);
          return kind === 2 ? put(key, version) : { ...put(key, version), replaces: [String(key + 1)] };
        });
        const changes = collapsed(outcomes);
        const counted = [...changes.upserts, ...changes.deletes].filter((change) => change.counted).length;
        expect(counted + changes.superseded + changes.ignored).toBe(outcomes.length);
      }),
    );
  });

  test('records that are refused are left out', () => {
    const refused = new Map<number, Rejection>([[0, { code: 'ROW_REJECTED', reason: 'x' }]]);
    const changes = collapsed([put(1, 5), put(1, 3)], refused);
    expect(changes.upserts.map(({ index }) => index)).toEqual([1]);
  });

  test('keys that no BIGINT UNSIGNED holds are dead, as keys and as former keys', () => {
    const bad = ['18446744073709551616', '007', '-1', '1.0', ''];
    const steps = bad.flatMap((key) => [put(key, 1), remove(key, 1), { ...put(1, 1), replaces: [key] }]);
    for (const { outcome } of recordsOf(steps)) {
      expect(outcome).toMatchObject({ kind: 'dead', reason: 'column id is out of range' });
    }
  });

  test('a version that is no tuple of whole numbers is a bug, not poison', () => {
    expect(() => collapsed([put(1, [1, Number.NaN, 0])])).toThrow(/whole numbers/);
    expect(() => collapsed([put(1, [1, 2])])).toThrow(/whole numbers/);
  });
});

test('a fingerprint tells apart what a plain concatenation would not', () => {
  const rows = [
    ['', ''],
    ['', null],
    [null, ''],
    [null, null],
    ['x', ''],
    ['', 'x'],
    ['1:', ''],
    ['N', null],
  ];
  expect(new Set(rows.map((row) => fingerprint(row))).size).toBe(rows.length);
});

test('rows travel as arrays: texts as strings, NULL as an empty array', () => {
  const { upserts } = collapsed([put('9007199254740993', 7, { body: 'null' })]);
  expect([...upsertsJson(upserts)]).toEqual(['[["9007199254740993","1","7","0","null",[],"live"]]']);
});

test('no parameter is larger than a buffer of the driver, but for a row that is', () => {
  const lengths = [200_000, 200_000, 200_000, 1_500_000, 10];
  const { upserts } = collapsed(lengths.map((length, id) => put(id, id, { body: 'x'.repeat(length) })));
  const parameters = [...upsertsJson(upserts)].map((json) => JSON.parse(json) as string[][]);
  expect(parameters.map((rows) => rows.map((row) => row[4]?.length))).toEqual([
    [200_000, 200_000],
    [200_000],
    [1_500_000],
    [10],
  ]);
  expect([...upsertsJson([])]).toEqual([]);
});

test('versions compare from the left', () => {
  const sorted = [
    [1, 0, 9],
    [1, 1, 0],
    [2, -5, 0],
  ];
  expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
  expect(compareVersions([1, 2], [1, 2])).toBe(0);
});
