import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../config/project-root.ts';

/** A folder of prisma/migrations, in Prisma's own format. */
export interface MigrationFile {
  /** `<timestamp>_<name>`; migrations are applied in the order of their names. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of migration.sql in hexadecimal, as Prisma keeps it. */
  readonly checksum: string;
}

export const migrationsFolder: string = join(projectRoot, 'prisma', 'migrations');

/** Reads the migrations in the order in which they are applied. */
export function readMigrations(folder: string = migrationsFolder): MigrationFile[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: checksumOf(sql) };
    });
}

/** Whether the file is the one that was applied. A checkout on Windows may have changed its line ends, nothing else. */
export function matchesChecksum(file: MigrationFile, checksum: string): boolean {
  const unix = file.sql.replaceAll('\r\n', '\n');
  return [file.checksum, checksumOf(unix), checksumOf(unix.replaceAll('\n', '\r\n'))].includes(checksum);
}

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
