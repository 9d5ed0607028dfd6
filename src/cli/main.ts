#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../config/project-root.ts';
import { configCommand } from './commands/config.ts';
import { runCommands } from './commands/run.ts';
import { stackCommand } from './commands/stack.ts';
import { runCommand } from './run-command.ts';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('alir')
  .description('Durable ETL from Kafka and MySQL to MySQL, orchestrated by Temporal.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(alir --help lists the commands)');

for (const command of [stackCommand(), ...runCommands(), configCommand()]) {
  program.addCommand(command.exitOverride());
}

await runCommand(() => program.parseAsync());
