#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../config/project-root.ts';
import { chosenStack } from '../config/load-config.ts';
import { speakOfStack } from '../operations/name-stack.ts';
import { runCommand } from './run-command.ts';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('alir')
  .description('Durable ETL from Kafka and MySQL to MySQL, orchestrated by Temporal.')
  .version(version)
  .exitOverride()
  .enablePositionalOptions()
  .showHelpAfterError('(alir --help lists the commands)')
  .hook('preAction', (_program, command) => {
    const { name = chosenStack() } = command.opts<{ name?: string }>();
    if (command.options.some(({ long }) => long === '--name')) command.setOptionValue('name', name);
    speakOfStack(name);
  });

/** Where each command lives. The libraries behind one take a second to load: only the one that is asked for is. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand(),
  stack: async () => (await import('./commands/stack.ts')).stackCommand(),
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand(),
  run: async () => (await import('./commands/run.ts')).processCommand('run'),
  worker: async () => (await import('./commands/run.ts')).processCommand('worker'),
  consume: async () => (await import('./commands/run.ts')).processCommand('consume'),
  serve: async () => (await import('./commands/run.ts')).processCommand('serve'),
  produce: async () => (await import('./commands/produce.ts')).produceCommand(),
  backfill: async () => (await import('./commands/backfill.ts')).backfillCommand(),
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLettersCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  replica: async () => (await import('./commands/replica.ts')).replicaCommand(),
  build: async () => (await import('./commands/build.ts')).buildCommand(),
  maxwell: async () => (await import('./commands/maxwell.ts')).maxwellCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  config: async () => (await import('./commands/config.ts')).configCommand(),
};

const [, , name = ''] = process.argv;
const asked = commands[name === 'dlq' ? 'dead-letters' : name];
for (const load of asked ? [asked] : Object.values(commands)) program.addCommand(throwing(await load()));

await runCommand(() => program.parseAsync());

/** Wrong usage is thrown, not exited on: `runCommand` alone decides on exit codes. */
function throwing(command: Command): Command {
  command.exitOverride();
  command.commands.forEach(throwing);
  return command;
}
