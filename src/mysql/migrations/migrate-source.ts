import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlAddress } from '../../config/load-config.ts';
import { projectRoot } from '../../config/project-root.ts';
import { ensureDatabase, withConnection } from '../server-connection.ts';
import { splitStatements } from '../split-statements.ts';

const folder = join(projectRoot, 'deploy', 'mysql', 'source');

/**
 * Creates the source database of the course (customers, products, orders, order_items) and fills it once. Tables that
 * exist are left as they are, and rows are added only while there is no customer: what people changed stays.
 *
 * @throws AlirError MYSQL_*
 */
export async function migrateSource(address: MysqlAddress, report: (line: string) => void): Promise<void> {
  await ensureDatabase(address);
  await withConnection(address, async (connection) => {
    for (const statement of script('schema.sql')) await connection.query(statement);
    await connection.beginTransaction();
    try {
      // A lock on the empty table lets a second run wait for the first one's rows.
      const seeded = await connection.query<unknown[]>('SELECT id FROM customers LIMIT 1 FOR UPDATE');
      if (seeded.length === 0) {
        report(
          `${address.database}: adding seed data. The orders pipeline gets these orders from Maxwell, if Maxwell is already running`,
        );
        for (const statement of script('seed.sql')) await connection.query(statement);
      }
      await connection.commit();
    } catch (error) {
      await connection.rollback().catch(() => undefined);
      throw error;
    }
  });
}

function script(name: string): string[] {
  return splitStatements(readFileSync(join(folder, name), 'utf8'));
}
