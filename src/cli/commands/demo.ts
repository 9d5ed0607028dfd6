import Table from 'cli-table3';
import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { settingsOfStack } from '../../config/running-stack.ts';
import { migrate, migrateSource } from '../../mysql/migrations/migrate.ts';
import { ensureDatabase } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import { chooseEngine } from '../../lab/stack/choose-engine.ts';
import { serviceNames } from '../../lab/stack/engine.ts';
import { withProgress } from '../../lab/stack/progress.ts';
import { startAlirProcess } from '../../lab/demo/alir-process.ts';
import { checkReplica } from '../../lab/demo/check-replica.ts';
import { sendAndCount, type OrderCounts } from '../../lab/demo/send-and-count.ts';
import { countUnseenOrders } from '../../lab/demo/unseen-orders.ts';
import { hasDeadLetters, workflowListLink } from '../../operations/web-ui.ts';
import { wholeFrom } from '../numbers.ts';
import { advise, count, note, print, printJson } from '../output.ts';

interface Flags {
  readonly name: string;
  readonly engine?: string;
  readonly orders: number;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** What the demo prints, and `--json` as one line. */
export interface DemoResult extends OrderCounts {
  /** Rows of all tables of the source. */
  readonly replicaRows: number;
  /** Whether the replica has the same. */
  readonly replicaEqual: boolean;
}

/** `alir demo`: the whole way of an order, on real servers. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'start everything, send orders through Kafka and through MySQL, show them arrive, compare the replica',
    )
    .option('--name <stack>', 'name of the stack (default: ALIR_STACK, else \"default\")')
    .option('--engine <engine>', 'native (child processes) or docker')
    .option('--orders <count>', 'orders to send to Kafka', wholeFrom(100), 20_000)
    .option('--keep', 'leave the servers and alir run running')
    .option('--json', 'the result as one line of JSON, last')
    .action(demo);
}

async function demo(flags: Flags): Promise<void> {
  const engine = await chooseEngine(flags.engine, flags.name);
  const wasUp = await engine.status(flags.name).then(
    () => true,
    () => false,
  );
  const style = { terminal: process.stdout.isTTY && !flags.json, write: note, servers: serviceNames };
  const stack = await withProgress(
    `Starting the stack ${flags.name}`,
    (report) => engine.up({ name: flags.name }, report),
    style,
  );
  let result: DemoResult;
  let poisoned: string;
  let differing: readonly string[];
  let unseen = 0;
  try {
    // The stack's own addresses, whatever .env says: the demo must not write into somebody's database.
    const config = loadConfig({ ...settingsOfStack(stack), ALIR_STACK: stack.name });
    await migrate(config.target, note);
    await ensureDatabase({ ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE });
    await migrateSource(config.source, note);
    // In containers consumers and worker run beside the servers.
    const alir = stack.engine === 'docker' ? null : await startAlirProcess(stack, note);
    try {
      const counts = await sendAndCount(config, stack, { orders: flags.orders, tell: note });
      const replica = await checkReplica(config, { hasMaxwell: stack.maxwell.running, tell: note });
      differing = replica.differing;
      unseen = await countUnseenOrders(config.source, config.target);
      result = { ...counts, replicaRows: replica.rows, replicaEqual: differing.length === 0 };
      poisoned = workflowListLink(config.settings, hasDeadLetters);
    } finally {
      if (!flags.keep) await alir?.stop();
    }
  } finally {
    if (!flags.keep && !wasUp) {
      await withProgress(
        `Stopping the stack ${flags.name}`,
        (report) => engine.down(flags.name, report),
        style,
      );
    }
  }
  if (!flags.json) printResult(result, unseen, poisoned, flags);
  else printJson(result);
  if (differing.length > 0)
    throw new AlirError('CHECK_FAILED', `The replica differs from its source: ${differing.join(', ')}.`);
}

/** @param poisoned the link to the batches with dead letters */
function printResult(result: DemoResult, unseen: number, poisoned: string, flags: Flags): void {
  const table = new Table({
    head: ['sent', 'enriched', 'loaded', 'updated', 'dead-lettered', 'batches', 'seconds', 'replica'],
    style: { head: [], border: [] },
  });
  const { sent, enriched, loaded, updated, deadLettered, batches, seconds } = result;
  const replica = `${plural(result.replicaRows, 'row')}, ${result.replicaEqual ? 'equal' : 'DIFFERENT'}`;
  table.push([...[sent, enriched, loaded, updated, deadLettered, batches].map(count), seconds, replica]);
  print(table.toString());
  print(
    'Every good order is in app_consumer.orders and on enriched_orders; every bad one in etl_dead_letters.',
  );
  if (unseen > 0) {
    print(
      `${plural(unseen, 'order')} of the source ${unseen === 1 ? 'is' : 'are'} in the replica only, not in app_consumer.orders: written before ` +
        'Maxwell started, which sends only changes. To send them too, while alir run is running:',
    );
    advise(
      '                                   npm run alir -- backfill run --pipeline cdc --table orders --via maxwell --wait',
    );
  }
  print();
  if (flags.keep) {
    print(`  Batches in the Temporal Web UI   ${result.ui}`);
    print(`  Those with dead letters          ${poisoned}`);
    advise('  Loaded rows and dead letters     npm run alir -- status');
    advise(
      '  Send more                        npm run alir -- produce --count 10000 --bad 0.01 --repeat 0.1',
    );
    advise('  Stop everything                  npm run alir -- stack down');
  } else {
    advise('  Look around while it runs        npm run alir -- demo --keep');
    print(`  Then open the Temporal Web UI    ${result.ui}`);
    print(`  Batches with dead letters        ${poisoned}`);
  }
}
