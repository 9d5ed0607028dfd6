import { describe, expect, test } from 'vitest';
import { changesStoredValues, planEvolution } from '../../../../src/replica/table/evolve-table.ts';
import { extraColumns } from '../../../../src/replica/table/extra-columns.ts';
import type { ColumnSchema, TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { column, table } from './schemas.ts';

const replicaOf = (columns: readonly ColumnSchema[], more: Partial<TableSchema> = {}): TableSchema =>
  table([...columns, ...extraColumns.map(({ name, dataType }) => column(name, dataType))], {
    database: 'app_olap',
    ...more,
  });

/** The clauses of the one ALTER TABLE; [] when there is none. */
const clauses = (...args: Parameters<typeof planEvolution>): string[] => {
  const plan = planEvolution(...args);
  if ('pause' in plan) throw new Error(plan.pause);
  expect(plan.statements.length).toBeLessThanOrEqual(1);
  const [head, ...rest] = plan.statements[0]?.split('\n  ') ?? [];
  if (head !== undefined) expect(head).toBe('ALTER TABLE `app_olap`.`orders`');
  return rest.map((clause) => clause.replace(/,$/, ''));
};

const text = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci';
const note = column('note', 'varchar(20)');

describe('the evolution of a replica', () => {
  test('that is as its source asks for nothing', () => {
    expect(clauses(replicaOf([note]), table([note]))).toEqual([]);
    expect(changesStoredValues(replicaOf([note]), table([note]))).toBe(false);
  });

  test.each([
    ['with a default', { defaultText: 'n/a' }],
    ['that takes no NULL', { isNullable: false }],
    ['that is computed', { isGenerated: true }],
    ['that is empty everywhere, or was dropped here by hand', {}],
  ])('adds a column %s, where it takes NULL until it is read', (_, more) => {
    const source = table([{ ...note, ...more }]);
    expect(clauses(replicaOf([]), source)).toEqual([`ADD COLUMN \`note\` varchar(20) ${text} NULL`]);
    expect(changesStoredValues(replicaOf([]), source)).toBe(true);
  });

  test('widens several columns in one statement', () => {
    const replica = replicaOf([column('n', 'int'), note, column('k', "enum('a')")]);
    const source = table([
      column('n', 'bigint'),
      column('note', 'varchar(50)'),
      column('k', "enum('a','b')"),
    ]);
    expect(clauses(replica, source)).toEqual([
      'CHANGE COLUMN `n` `n` bigint NULL',
      `CHANGE COLUMN \`note\` \`note\` varchar(50) ${text} NULL`,
      `CHANGE COLUMN \`k\` \`k\` enum('a','b') ${text} NULL`,
    ]);
    expect(changesStoredValues(replica, source)).toBe(false);
  });

  test('lets a column take NULL when its source does, and never takes that back', () => {
    const strict = { ...note, isNullable: false };
    expect(clauses(replicaOf([strict]), table([note]))).toEqual([
      `CHANGE COLUMN \`note\` \`note\` varchar(20) ${text} NULL`,
    ]);
    expect(clauses(replicaOf([note]), table([strict]))).toEqual([]);
  });

  test('empties a dropped column once, and keeps it', () => {
    const replica = replicaOf([{ ...note, isNullable: false }]);
    expect(clauses(replica, table([]))).toEqual([
      'DROP COLUMN `note`',
      `ADD COLUMN \`note\` varchar(20) ${text} NULL COMMENT 'dropped in the source'`,
    ]);
    expect(clauses(replica, table([]), new Set(['note']))).toEqual([]);
    expect(changesStoredValues(replica, table([]))).toBe(false);
  });

  test('leaves columns alone that somebody lets the replica compute', () => {
    expect(clauses(replicaOf([{ ...note, isGenerated: true }]), table([]))).toEqual([]);
  });

  test('takes a dropped column back with the type that it has now', () => {
    const source = table([column('NOTE', 'json')]);
    expect(clauses(replicaOf([note]), source, new Set(['note']))).toEqual([
      'DROP COLUMN `note`',
      'ADD COLUMN `NOTE` json NULL',
    ]);
  });

  test('takes a rename for a dropped and a new column, and has the table read again', () => {
    const source = table([column('remark', 'varchar(20)')]);
    expect(clauses(replicaOf([note]), source)).toEqual([
      `ADD COLUMN \`remark\` varchar(20) ${text} NULL`,
      'DROP COLUMN `note`',
      `ADD COLUMN \`note\` varchar(20) ${text} NULL COMMENT 'dropped in the source'`,
    ]);
    expect(changesStoredValues(replicaOf([note]), source)).toBe(true);
  });

  test('follows a name of which only the case changed', () => {
    expect(clauses(replicaOf([note]), table([column('Note', 'varchar(20)')]))).toEqual([
      `CHANGE COLUMN \`note\` \`Note\` varchar(20) ${text} NULL`,
    ]);
  });

  test('has the table read again where the source rewrote its values', () => {
    const source = table([column('n', 'decimal(12,2)')]);
    expect(clauses(replicaOf([column('n', 'int')]), source)).toEqual([
      'CHANGE COLUMN `n` `n` decimal(12,2) NULL',
    ]);
    expect(changesStoredValues(replicaOf([column('n', 'int')]), source)).toBe(true);
  });

  test('widens the key in place', () => {
    const replica = replicaOf([], {
      columns: [
        column('id', 'int', { isNullable: false }),
        ...extraColumns.map((e) => column(e.name, e.dataType)),
      ],
    });
    expect(clauses(replica, table([]))).toEqual(['CHANGE COLUMN `id` `id` bigint NOT NULL']);
  });

  test('quotes names that hold anything', () => {
    const nasty = column('a`b', 'int');
    expect(clauses(replicaOf([]), table([nasty]))).toEqual(['ADD COLUMN `a``b` int NULL']);
    expect(clauses(replicaOf([nasty]), table([]))[0]).toBe('DROP COLUMN `a``b`');
  });
});

describe('a replica waits for somebody', () => {
  test.each<[string, TableSchema, TableSchema, RegExp]>([
    [
      'its key is another one',
      replicaOf([note]),
      table([note], { key: ['note'] }),
      /the key \(note\) now.*\(id\)/,
    ],
    [
      'its key has another order',
      replicaOf([note], { key: ['note', 'id'] }),
      table([note], { key: ['id', 'note'] }),
      /\(id, note\) now/,
    ],
    [
      'it has lost its primary key',
      replicaOf([], { key: [], hasPrimaryKey: false }),
      table([]),
      /no primary key/,
    ],
    ['the source has no key', replicaOf([]), table([], { key: [] }), /cannot be told apart/],
    [
      'a type does not hold both',
      replicaOf([column('n', 'datetime')]),
      table([column('n', 'int')]),
      /app_producer\.orders\.n is int now and datetime in the replica/,
    ],
    [
      'the key is compared otherwise',
      replicaOf([note], { key: ['note'] }),
      table([{ ...note, collation: 'utf8mb4_bin' }], { key: ['note'] }),
      /utf8mb4_bin now and varchar\(20\) utf8mb4_general_ci in the replica: a key/,
    ],
    [
      'it computes a column',
      replicaOf([{ ...note, isGenerated: true }]),
      table([note]),
      /make it a plain one/,
    ],
    ['the source took a name of ours', replicaOf([]), table([column('_seq', 'int')]), /of this name/],
  ])('when %s', (_, replica, source, reason) => {
    expect(planEvolution(replica, source)).toEqual({ pause: expect.stringMatching(reason) as string });
  });
});
