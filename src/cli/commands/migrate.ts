import { Command } from 'commander';
import { loadConfig, type Config } from '../../config/load-config.ts';
import { migrate, migrateSource } from '../../database/migrate.ts';
import { ensureDatabase } from '../../database/server-connection.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { ensureTopic } from '../../kafka/topics.ts';
import { deadLetterTopic } from '../../pipelines/pipeline.ts';
import { orders } from '../../pipelines/orders/orders.ts';
import { note, print, printJson } from '../output.ts';

/** `alir migrate`: brings the target database up to date, creates the replica's; with --source also makes the source. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('apply the migrations of prisma/migrations that the database does not have yet')
    .option('--source', 'also create the source database of the course (app_producer) with its seed data')
    .option('--topics', 'also create the topics of the orders that Kafka does not have yet')
    .option('--json', 'one line of JSON, last')
    .action(async (flags: { source?: boolean; topics?: boolean; json?: boolean }) => {
      const config = loadConfig();
      const applied = await migrate(config.target, note);
      await ensureDatabase({ ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE });
      if (flags.source) await migrateSource(config.source, note);
      if (flags.topics) await createTopics(config);
      if (flags.json) printJson({ database: config.target.database, applied });
      else if (applied.length === 0) print(`${config.target.database} is up to date.`);
      else print(`Applied to ${config.target.database}: ${applied.join(', ')}.`);
    });
}

/** Those of the course, before anyone has written to them. Maxwell's come with the tables' first rows. */
async function createTopics(config: Config): Promise<void> {
  const brokers = new Brokers(config);
  try {
    const [input = 'raw_orders'] = orders.topics;
    await ensureTopic(brokers, input, 3);
    if (orders.outputTopic) await ensureTopic(brokers, orders.outputTopic, 3);
    await ensureTopic(brokers, deadLetterTopic(input), 1);
  } finally {
    await brokers.close();
  }
}
