import { Command, InvalidArgumentError } from 'commander';
import type { StackDescription } from '../../config/running-stack.ts';
import { chooseEngine } from '../../lab/stack/choose-engine.ts';
import { serviceNames, type ChosenPorts, type ServiceName, type UpOptions } from '../../lab/stack/engine.ts';
import { withProgress, type ProgressStyle } from '../../lab/stack/progress.ts';
import { wholeFrom } from '../numbers.ts';
import { advise, note, print, printJson } from '../output.ts';

interface CommonOptions {
  readonly name: string;
  readonly engine?: string;
  readonly json?: boolean;
}

interface UpFlags extends CommonOptions {
  readonly foreground?: boolean;
  readonly withoutMaxwell?: boolean;
  readonly kafkaPort?: number;
  readonly mysqlPort?: number;
  readonly temporalPort?: number;
  readonly uiPort?: number;
}

/** `alir stack`: the servers that everything else connects to. */
export function stackCommand(): Command {
  const stack = new Command('stack').description(
    'start, inspect and stop Kafka, MySQL, Maxwell and Temporal',
  );

  common(stack.command('up').description('start the servers and return when all of them answer'))
    .option('--foreground', 'stay, and stop the servers on Ctrl-C')
    .option('--without-maxwell', 'leave out change data capture')
    .option('--kafka-port <port>', 'port of Kafka (0: any free one)', port)
    .option('--mysql-port <port>', 'port of MySQL (0: any free one)', port)
    .option('--temporal-port <port>', 'port of Temporal (0: any free one)', port)
    .option('--ui-port <port>', "port of Temporal's Web UI (0: any free one)", port)
    .action(up);

  common(stack.command('down').description('stop the servers; their data stays')).action(
    async (options: CommonOptions) => {
      const engine = await chooseEngine(options.engine, options.name);
      const ran = await withProgress(
        `Stopping the stack ${options.name}`,
        (report) => engine.down(options.name, report),
        style(options, []),
      );
      if (options.json) printJson({ name: options.name, stopped: ran });
      else print(ran ? `The stack ${options.name} is down.` : `The stack ${options.name} was not running.`);
    },
  );

  common(stack.command('status').description('show the running servers and how to reach them')).action(
    async (options: CommonOptions) => {
      const engine = await chooseEngine(options.engine, options.name);
      const { description, services } = await engine.status(options.name);
      if (options.json) return printJson(description);
      for (const { service, state, pid, address } of services) {
        print(
          `${service.padEnd(9)} ${state.padEnd(8)} ${String(pid ?? '').padEnd(8)} ${state === 'running' ? address : ''}`,
        );
      }
      print();
      printAddresses(description);
    },
  );

  common(
    stack
      .command('logs')
      .description('print the logs of the servers')
      .argument('[service]', 'kafka, mysql, temporal, maxwell or supervisor'),
  )
    .option('-n, --lines <count>', 'last lines of each log', wholeFrom(0), 50)
    .option('-f, --follow', 'keep printing new lines')
    .action(
      async (service: string | undefined, options: CommonOptions & { lines: number; follow?: boolean }) => {
        const engine = await chooseEngine(options.engine, options.name);
        const { lines, follow = false } = options;
        for await (const line of engine.logs(options.name, {
          lines,
          follow,
          ...(service ? { service } : {}),
        })) {
          if (options.json) printJson({ line });
          else print(line);
        }
      },
    );

  common(stack.command('reset').description('stop the servers and remove their data')).action(
    async (options: CommonOptions) => {
      const engine = await chooseEngine(options.engine, options.name);
      await withProgress(
        `Resetting the stack ${options.name}`,
        (report) => engine.reset(options.name, report),
        style(options, []),
      );
      if (options.json) printJson({ name: options.name, reset: true });
      else print(`The stack ${options.name} and its data are gone; what was downloaded stays.`);
    },
  );

  stack
    .command('supervise <options>', { hidden: true })
    .description('body of the detached process behind "up"')
    .action(async (options: string) => {
      const { supervise } = await import('../../lab/stack/native/supervisor.ts');
      await supervise(JSON.parse(options) as UpOptions);
    });
  return stack;
}

function common(command: Command): Command {
  return command
    .exitOverride() // wrong usage ends with the exit code of the whole command line
    .option('--name <stack>', 'name of the stack (default: ALIR_STACK, else \"default\")')
    .option('--engine <engine>', 'native (child processes) or docker')
    .option('--json', 'one line of JSON, last');
}

async function up(flags: UpFlags): Promise<void> {
  const engine = await chooseEngine(flags.engine, flags.name);
  const ports: ChosenPorts = {
    ...(flags.kafkaPort === undefined ? {} : { kafka: flags.kafkaPort }),
    ...(flags.mysqlPort === undefined ? {} : { mysql: flags.mysqlPort }),
    ...(flags.temporalPort === undefined ? {} : { temporal: flags.temporalPort }),
    ...(flags.uiPort === undefined ? {} : { ui: flags.uiPort }),
  };
  const options: UpOptions = {
    name: flags.name,
    ports,
    withoutMaxwell: flags.withoutMaxwell ?? false,
    foreground: flags.foreground ?? false,
  };
  const show = (description: StackDescription) => {
    if (flags.json) printJson(description);
    else printAddresses(description);
  };
  if (flags.foreground) {
    // Plain lines: a progress display that lasts until Ctrl-C would hide the addresses.
    const report = plainReport;
    await engine.up({ ...options, onReady: show }, report);
    return;
  }
  show(
    await withProgress(
      `Starting the stack ${flags.name}`,
      (report) => engine.up(options, report),
      style(flags, flags.withoutMaxwell ? serviceNames.filter((name) => name !== 'maxwell') : serviceNames),
    ),
  );
}

const plainReport = ({ service, text }: { service: string; text: string }) => note(`${service}: ${text}`);

function style(options: CommonOptions, servers: readonly ServiceName[]): ProgressStyle {
  return { terminal: process.stdout.isTTY && !options.json, write: note, servers };
}

function printAddresses({ name, kafka, mysql, temporal, maxwell }: StackDescription): void {
  print(`The stack ${name} is up.`);
  print(`  Kafka     ${kafka.bootstrap}`);
  advise(`  MySQL     ${mysql.host}:${mysql.port}, user ${mysql.user} (password: alir stack status --json)`);
  print(`  Temporal  ${temporal.address}, Web UI ${temporal.ui}`);
  print(`  Maxwell   ${maxwell.running ? 'running' : 'not running'}`);
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  }
  return number;
}
