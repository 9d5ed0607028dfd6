import { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { plural } from '../../errors/sentences.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { TopicProducer } from '../../kafka/producer.ts';
import { createLogger } from '../../observability/logger.ts';
import { wholeFrom, share } from '../numbers.ts';
import { count, print, printJson } from '../output.ts';
import { freshOrders, sendOrders } from '../../lab/send-orders.ts';
import { writeSourceOrders } from '../../lab/source-orders.ts';

interface Flags {
  readonly to: string;
  readonly topic: string;
  readonly count: number;
  readonly rate?: number;
  readonly bad: number;
  readonly repeat: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `alir produce`: the order simulator. */
export function produceCommand(): Command {
  return new Command('produce')
    .description(
      'send simulated orders: to the topic, as Laravel does, or into app_producer, where Maxwell finds them',
    )
    .option('--to <where>', 'topic or mysql', 'topic')
    .option('--topic <name>', 'topic to send to', 'raw_orders')
    .option('--count <orders>', 'how many', wholeFrom(1), 1000)
    .option('--rate <orders>', 'orders a second (default: as fast as possible)', wholeFrom(1))
    .option('--bad <share>', 'share of bad messages, 0.01 or 1%', share, 0)
    .option('--repeat <share>', 'share of orders that are sent again in another version', share, 0)
    .option('--seed <number>', 'the same seed makes the same orders', wholeFrom(0), 1)
    .option('--json', 'one line of JSON, last')
    .action(produce);
}

async function produce(flags: Flags, command: Command): Promise<void> {
  const config = loadConfig();
  const started = performance.now();
  if (flags.to !== 'topic' && flags.to !== 'mysql')
    command.error(`error: --to is topic or mysql, not ${flags.to}`);
  const sent =
    flags.to === 'mysql'
      ? {
          sent: (await writeSourceOrders(config.source, flags)).changed,
          bad: 0,
          to: `${config.source.database}.orders`,
        }
      : await toTopic(flags);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
  if (flags.json) printJson({ ...sent, seconds });
  else
    print(
      `Sent ${plural(sent.sent, 'order')} (${count(sent.bad)} of them bad) to ${sent.to} in ${seconds} s.`,
    );
}

async function toTopic(flags: Flags): Promise<{ sent: number; bad: number; to: string }> {
  const config = loadConfig();
  const logger = createLogger(config.settings.ALIR_LOG_LEVEL);
  const brokers = new Brokers(config);
  const producer = new TopicProducer(config, brokers, logger);
  try {
    const expected = await sendOrders(producer, {
      ...freshOrders(flags.count),
      topic: flags.topic,
      count: flags.count,
      badShare: flags.bad,
      repeatShare: flags.repeat,
      seed: flags.seed,
      ...(flags.rate === undefined ? {} : { rate: flags.rate }),
    });
    return { sent: expected.sent, bad: expected.bad, to: flags.topic };
  } finally {
    await producer.close();
    await brokers.close();
  }
}
