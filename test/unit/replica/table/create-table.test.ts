import { describe, expect, test } from 'vitest';
import { createReplicaTable } from '../../../../src/replica/table/create-table.ts';
import { extraColumns, mendExtraColumns } from '../../../../src/replica/table/extra-columns.ts';
import { column, table } from './schemas.ts';

const sqlOf = (...args: Parameters<typeof createReplicaTable>): string => {
  const made = createReplicaTable(...args);
  if (!made.ok) throw new Error(made.reason);
  return made.sql;
};

describe('a replica table', () => {
  test('has the columns of its source as plain ones, its key, and the extra columns', () => {
    const source = table([
      column('note', 'varchar(20)', {
        isNullable: false,
        defaultText: 'n/a',
        charset: 'latin1',
        collation: 'latin1_swedish_ci',
      }),
      column('at', 'timestamp(6)', { defaultText: 'CURRENT_TIMESTAMP(6)', defaultIsExpression: true }),
      column('twice', 'int unsigned', { isGenerated: true }),
      column('places', 'geomcollection'),
    ]);
    expect(sqlOf(source, 'app_olap')).toBe(
      [
        'CREATE TABLE `app_olap`.`orders` (',
        '  `id` bigint NOT NULL,',
        '  `note` varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci NULL,',
        '  `at` timestamp(6) NULL,',
        '  `twice` int unsigned NULL,',
        '  `places` geometrycollection NULL,',
        "  `_op` VARCHAR(16) NOT NULL DEFAULT '',",
        '  `_source_ts` DATETIME(6) NULL,',
        '  `_epoch` INT NOT NULL DEFAULT 0,',
        '  `_offset` BIGINT NOT NULL DEFAULT 0,',
        '  `_seq` BIGINT NOT NULL DEFAULT 0,',
        '  `_synced_at` DATETIME(3) NULL,',
        '  PRIMARY KEY (`id`)',
        ') ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
      ].join('\n'),
    );
  });

  test('quotes names that hold anything', () => {
    const nasty = 'a`; DROP TABLE x; -- ?';
    const source = table([], {
      table: 'täble `?`',
      columns: [column(nasty, 'int')],
      key: [nasty],
    });
    const sql = sqlOf(source, 'my`olap');
    expect(sql).toContain('CREATE TABLE `my``olap`.`täble ``?``` (');
    expect(sql).toContain('  `a``; DROP TABLE x; -- ?` int NOT NULL,');
    expect(sql).toContain('PRIMARY KEY (`a``; DROP TABLE x; -- ?`)');
  });

  test('has other indexes as plain ones', () => {
    const indexes = [
      {
        name: 'uq`no',
        columns: [
          { name: 'order_no', prefix: null },
          { name: 'note', prefix: 10 },
        ],
      },
    ];
    const source = table([column('order_no', 'varchar(9)'), column('note', 'text')]);
    expect(sqlOf(source, 'app_olap', indexes)).toContain(
      'PRIMARY KEY (`id`),\n  INDEX `uq``no` (`order_no`, `note`(10))\n)',
    );
  });

  test.each([
    ['a table without key', table([], { key: [], hasPrimaryKey: false }), /cannot be told apart/],
    ['a name that is taken', table([column('_OFFSET', 'int')]), /orders\._OFFSET: .* of this name/],
    [
      'a text in the key',
      table([column('t', 'text')], { key: ['id', 't'] }),
      /orders\.t: a text column in the key/,
    ],
    ['half a schema', table([column('v', 'varchar')]), /not known in full/],
    ['decimals without digits', table([column('d', 'decimal', { scale: null })]), /not known in full/],
  ])('is refused for %s', (_, source, reason) => {
    const made = createReplicaTable(source, 'app_olap');
    expect(made).toEqual({ ok: false, reason: expect.stringMatching(reason) as string });
  });
});

describe('extra columns', () => {
  const extras = extraColumns.map(({ name, dataType }) => column(name, dataType));

  test('that are there need nothing', () => {
    expect(mendExtraColumns(table(extras))).toBeNull();
  });

  test('that are missing or altered are put back', () => {
    const altered = [
      ...extras.filter(({ name }) => name !== '_op' && name !== '_seq'),
      column('_seq', 'int'),
    ];
    expect(mendExtraColumns(table(altered, { database: 'app_olap' }))).toBe(
      "ALTER TABLE `app_olap`.`orders`\n  ADD COLUMN `_op` VARCHAR(16) NOT NULL DEFAULT '',\n" +
        '  MODIFY COLUMN `_seq` BIGINT NOT NULL DEFAULT 0',
    );
  });
});
