import { expect, test } from 'vitest';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { testMysql } from '../../support/mysql.ts';

test('a server that goes away while nothing is asked of it does not end the process: the next query fails', async () => {
  const address = { ...testMysql(), database: '' };
  await expect(
    withConnection(address, async (connection) => {
      const id = connection.threadId;
      await withConnection(address, (other) => other.query(`KILL ${id ?? 0}`));
      // An error that nobody listened to would end this process here.
      await expect.poll(() => connection.isValid()).toBe(false);
      await connection.query('SELECT 1');
    }),
  ).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
});
