import { Option, type Command } from 'commander';
import { cdc } from '../pipelines/cdc/cdc.ts';
import { wholeFrom } from './numbers.ts';

/** What says which tables are compared, and how. */
export interface CompareFlags {
  readonly table: readonly string[];
  readonly settle: number;
  readonly repair?: boolean;
  readonly allowDeletes?: boolean;
}

/** Adds the options of a comparison: the same whether it runs now or on a schedule. */
export function comparing(command: Command): Command {
  return withTables(command)
    .addOption(new Option('--pipeline <name>', 'what to verify').choices([cdc.name]).default(cdc.name))
    .option('--settle <seconds>', 'longest wait for rows in flight', wholeFrom(0), 30)
    .option('--repair', 'read differing rows from the source again, then compare again')
    .option('--allow-deletes', 'repair even if that deletes over 1,000 rows or 5 % of a table');
}

/** Adds `--table`, which may be given again. */
export function withTables(command: Command): Command {
  return command.option('--table <name>', 'this table only; may be given again', collect, []);
}

function collect(name: string, names: readonly string[]): string[] {
  return [...names, name];
}
