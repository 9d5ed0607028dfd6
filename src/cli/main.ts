#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../config/project-root.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { migrateCommand } from './commands/migrate.ts';
import { produceCommand } from './commands/produce.ts';
import { runCommands } from './commands/run.ts';
import { stackCommand } from './commands/stack.ts';
import { statusCommand } from './commands/status.ts';
import { runCommand } from './run-command.ts';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('alir')
  .description('Durable ETL from Kafka and MySQL to MySQL, orchestrated by Temporal.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(alir --help lists the commands)');

const commands = [
  demoCommand(),
  stackCommand(),
  migrateCommand(),
  ...runCommands(),
  produceCommand(),
  statusCommand(),
  configCommand(),
];
for (const command of commands) program.addCommand(throwing(command));

await runCommand(() => program.parseAsync());

/** Wrong usage is thrown, not exited on: `runCommand` alone decides on exit codes. */
function throwing(command: Command): Command {
  command.exitOverride();
  command.commands.forEach(throwing);
  return command;
}
