import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { runId } from '../../../temporal/contract.ts';
import { type CommandContext, inCommandContext } from '../../operations/command-context.ts';
import { plural } from '../../errors/sentences.ts';
import { count, note, print, printJson } from '../output.ts';
import { chooseTables } from '../../operations/verify/choose-tables.ts';
import { comparing, type CompareFlags } from '../compare-options.ts';
import { isEqual, verifyOne, type TableReport } from '../../operations/verify/verify-one.ts';
import { withWorker } from '../../process/worker-at-hand.ts';
import { scheduleCommand } from './verify-schedule.ts';

interface Flags extends CompareFlags {
  readonly showValues?: boolean;
  readonly json?: boolean;
}

/** `alir verify`: whether the replica holds what the source holds. */
export function verifyCommand(): Command {
  return (
    comparing(new Command('verify'))
      .description(
        'compare the tables of the source with their replicas, value by value, while both keep changing',
      )
      .option('--show-values', 'show the values that differ')
      .option('--json', 'one line of JSON')
      // Options behind `schedule` are that command's, though they have the same names.
      .enablePositionalOptions()
      .addCommand(scheduleCommand())
      .action((flags: Flags) =>
        inCommandContext(async (place) => {
          if (!(await verify(place, flags))) process.exitCode = 1;
        }),
      )
  );
}

/** Has tables compared, and prints what comes out; returns whether all are equal. */
export async function verify(place: CommandContext, flags: Flags): Promise<boolean> {
  const { config, database } = place;
  const tables = await chooseTables(config, database, flags.table, note);
  const id = runId(new Date(), randomBytes(2).toString('hex'));
  const verifyAll = async (): Promise<TableReport[]> => {
    const reports: TableReport[] = [];
    for (const { table, problem } of tables) {
      const input = {
        id,
        database: config.source.database,
        table,
        settleMs: flags.settle * 1000,
        repair: flags.repair ?? false,
        allowDeletes: flags.allowDeletes ?? false,
      };
      const report =
        problem === null
          ? await verifyOne(place, input, flags.showValues ?? false)
          : { table, rows: 0, missing: 0, surplus: 0, different: 0, columns: {}, keys: [], problem };
      note(summaryOf(report));
      reports.push(report);
    }
    return reports;
  };
  const isWorkNeeded = tables.some(({ problem }) => problem === null);
  const reports = await (isWorkNeeded ? withWorker(config, note, verifyAll) : verifyAll());
  const equal = reports.every(isEqual);
  if (flags.json) printJson({ equal, tables: reports });
  else reports.filter((report) => !isEqual(report)).forEach(printDifferences);
  if (!flags.json)
    print(
      equal ? `Equal: ${plural(reports.length, 'table')}.` : `Different. See etl_verifications, id ${id}`,
    );
  return equal;
}

function summaryOf({ table, rows, missing, surplus, different, problem, repair }: TableReport): string {
  const found = `${plural(rows, 'row')}, ${count(missing)} missing, ${count(surplus)} surplus, ${count(different)} different`;
  return `${table}: ${found}${repair === undefined ? '' : `, after a repair (${repair})`}${problem === undefined ? '' : `. ${problem}`}`;
}

function printDifferences(report: TableReport): void {
  print(summaryOf(report));
  for (const [name, rows] of Object.entries(report.columns))
    print(`  ${name} differs in ${plural(rows, 'row')}`);
  if (report.values === undefined) {
    if (report.keys.length > 0) print(`  keys: ${report.keys.map((key) => key.join('/')).join(', ')}`);
    return;
  }
  for (const { key, columns } of report.values) {
    print(`  ${key.join('/')}`);
    for (const [name, [source, replica]] of Object.entries(columns))
      print(`    ${name}: ${source ?? 'NULL'} in the source, ${replica ?? 'NULL'} in the replica`);
  }
}
