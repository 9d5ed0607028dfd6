import { Command } from 'commander';
import { loadConfig, type Config } from '../../config/load-config.ts';
import { migrate, migrateSource } from '../../mysql/migrations/migrate.ts';
import { ensureDatabase } from '../../mysql/server-connection.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { ensureTopic } from '../../kafka/topics.ts';
import { deadLetterTopic } from '../../pipelines/pipeline.ts';
import { orders } from '../../pipelines/orders/orders.ts';
import { wholeFrom } from '../numbers.ts';
import { note, print, printJson } from '../output.ts';
import { whenServerAnswers } from '../../operations/wait-for-server.ts';

interface Flags {
  readonly source?: boolean;
  readonly topics?: boolean;
  readonly wait?: number;
  readonly json?: boolean;
}

/** `alir migrate`: brings the target database up to date, creates the replica's; with --source also makes the source. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('apply the migrations of prisma/migrations that the database does not have yet')
    .option('--source', 'also create the source database of the course (app_producer) with its seed data')
    .option('--topics', 'also create the topics of the orders that Kafka does not have yet')
    .option('--wait <seconds>', 'how long to wait for servers that do not answer', wholeFrom(1))
    .option('--json', 'one line of JSON, last')
    .action(async (flags: Flags) => {
      const config = loadConfig();
      const signal = flags.wait === undefined ? null : AbortSignal.timeout(flags.wait * 1_000);
      const wait = <T>(work: () => Promise<T>): Promise<T> => whenServerAnswers({ say: note, signal }, work);
      const applied = await wait(() => migrate(config.target, note));
      const replica = { ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE };
      await wait(() => ensureDatabase(replica));
      if (flags.source) await wait(() => migrateSource(config.source, note));
      if (flags.topics) await wait(() => createTopics(config));
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
