import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { migrate, migrateSource } from '../../database/migrate.ts';
import { ensureDatabase } from '../../database/server-connection.ts';
import { note, print, printJson } from '../output.ts';

/** `alir migrate`: brings the target database up to date, creates the replica's; with --source also makes the source. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('apply the migrations of prisma/migrations that the database does not have yet')
    .option('--source', 'also create the source database of the course (app_producer) with its seed data')
    .option('--json', 'one line of JSON, last')
    .action(async (flags: { source?: boolean; json?: boolean }) => {
      const config = loadConfig();
      const applied = await migrate(config.target, note);
      await ensureDatabase({ ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE });
      if (flags.source) await migrateSource(config.source, note);
      if (flags.json) printJson({ database: config.target.database, applied });
      else if (applied.length === 0) print(`${config.target.database} is up to date.`);
      else print(`Applied to ${config.target.database}: ${applied.join(', ')}.`);
    });
}
