import { describe, expect, test } from 'vitest';
import { classifyMysqlError, RowError } from '../../../src/mysql/mysql-error.ts';
import { AlirError } from '../../../src/errors/alir-error.ts';

/** As Prisma 7 and its adapter wrap an error of a raw query (seen on MySQL 8.0.12 and MariaDB 10.11). */
function rawQueryError(code: number, message: string, cause?: string): Error {
  const driver = {
    name: 'DriverAdapterError',
    cause: { originalCode: String(code), originalMessage: message, cause },
  };
  return Object.assign(new Error(`Raw query failed. Code: \`${code}\`. Message: \`${message}\``), {
    code: 'P2010',
    meta: { driverAdapterError: driver },
  });
}

const poolTimeout = (cause: string) =>
  rawQueryError(
    45028,
    'pool timeout: failed to retrieve a connection from pool after 3000ms\n    (…)',
    cause,
  );

describe('outages and operators', () => {
  test.each([
    [
      'MYSQL_CONFLICT',
      rawQueryError(1213, 'Deadlock found when trying to get lock; try restarting transaction'),
    ],
    ['MYSQL_CONFLICT', rawQueryError(1205, 'Lock wait timeout exceeded; try restarting transaction')],
    ['MYSQL_UNAVAILABLE', rawQueryError(45009, 'socket has unexpectedly been closed')],
    ['MYSQL_UNAVAILABLE', rawQueryError(1053, 'Server shutdown in progress')],
    ['MYSQL_UNAVAILABLE', poolTimeout('connect ECONNREFUSED 127.0.0.1:1')],
    ['MYSQL_UNAVAILABLE', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })],
    [
      'MYSQL_UNAVAILABLE',
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', errno: -111 }),
    ],
    [
      'MYSQL_UNAVAILABLE',
      Object.assign(new Error('Unable to start a transaction in the given time.'), { code: 'P2028' }),
    ],
    [
      'MYSQL_UNAVAILABLE',
      Object.assign(new Error('socket'), { cause: { originalCode: '45009', originalMessage: 'x' } }),
    ],
    [
      'MYSQL_ACCESS_DENIED',
      poolTimeout("(conn:13, no: 1045, SQLState: 28000) Access denied for user 'alir'@'localhost'"),
    ],
    ['MYSQL_ACCESS_DENIED', rawQueryError(1142, "INSERT command denied to user 'a'@'b' for table 'orders'")],
    ['SCHEMA_NOT_MIGRATED', rawQueryError(1146, "Table 'app_consumer.orders' doesn't exist")],
    ['SCHEMA_NOT_MIGRATED', rawQueryError(1054, "Unknown column 'x' in 'field list'")],
    ['SCHEMA_NOT_MIGRATED', poolTimeout("(conn:21, no: 1049, SQLState: 42000) Unknown database 'nope'")],
    ['UNEXPECTED', rawQueryError(1064, 'You have an error in your SQL syntax')],
    ['UNEXPECTED', new TypeError('undefined is not a function')],
  ])('%s', (code, error) => {
    const known = classifyMysqlError(error);
    expect(known).toBeInstanceOf(AlirError);
    expect(known.code).toBe(code);
  });

  test("the reason of one of Prisma's own calls is named, not the call", () => {
    const error = new Error('\nInvalid `prisma.etlTopicEpoch.findFirst()` invocation:\n\n\nread ECONNRESET');
    const known = classifyMysqlError(Object.assign(error, { code: 'ECONNRESET' }));
    expect(known.message).toBe('MySQL does not answer: read ECONNRESET.');
  });

  test('what is classified already stays as it is', () => {
    const known = new AlirError('MYSQL_CONFLICT', 'x');
    expect(classifyMysqlError(known)).toBe(known);
  });
});

describe("a row's fault names the column and keeps the value to itself", () => {
  test.each([
    [1406, "Data too long for column 'order_no' at row 1", 'column order_no is too long'],
    [1264, "Out of range value for column 'total' at row 7", 'column total is out of range'],
    [
      1366,
      "Incorrect decimal value: 'Budi' for column 'total' at row 1",
      'column total is not a valid value of its type',
    ],
    [
      1366,
      "Incorrect decimal value: 'Budi' for column `bench`.`orders`.`total` at row 1",
      'column total is not a valid value of its type',
    ],
    [
      1292,
      "Incorrect datetime value: 'Budi for column 'email' at row 1' for column 'ordered_at' at row 2",
      'column ordered_at is not a valid value of its type',
    ],
    [1048, "Column 'status' cannot be null", 'column status must not be NULL'],
    [1364, "Field 'status' doesn't have a default value", 'column status has no value and no default'],
    [
      1452,
      'Cannot add or update a child row: a foreign key constraint fails (`a`.`o`, CONSTRAINT `fk` FOREIGN KEY (`customer_id`) REFERENCES `c` (`id`))',
      'column customer_id refers to a row that does not exist',
    ],
    [
      1062,
      "Duplicate entry 'Budi' for key 'orders.orders_email_unique'",
      'a value holds a value that another row has (orders_email_unique)',
    ],
    [
      3819,
      "Check constraint 'total_not_negative' is violated.",
      'a value breaks a check constraint (total_not_negative)',
    ],
    [
      4025,
      'CONSTRAINT `total_not_negative` failed for `a`.`orders`',
      'a value breaks a check constraint (total_not_negative)',
    ],
    [3141, 'Invalid JSON text in argument 1 to function json_table: "Budi"', 'a value is not valid Unicode'],
    [1292, "Truncated incorrect INTEGER value: 'Budi'", 'a value is not a valid value of its type'],
  ])('%i %s', (code, message, reason) => {
    const known = classifyMysqlError(rawQueryError(code, message));
    expect(known).toBeInstanceOf(RowError);
    expect((known as RowError).reason).toBe(reason);
    const [, column, rule] = /^column (\w+) (.*)$/.exec(reason) ?? [];
    expect((known as RowError).fault).toEqual(column === undefined ? null : { column, rule });
    expect(JSON.stringify(known) + String(known.cause)).not.toContain('Budi');
  });

  test('an unknown message loses its quoted parts', () => {
    expect(
      classifyMysqlError(rawQueryError(9999, 'Something about \'Budi\' and "Siti"')).message,
    ).not.toMatch(/Budi|Siti/);
  });
});
