import { Command } from 'commander';
import { loadConfig, type Config } from '../../config/load-config.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { checks } from '../../operations/doctor/checks/all.ts';
import { judgeConfig } from '../../operations/doctor/checks/configuration.ts';
import { openContext } from '../../operations/doctor/context.ts';
import { readMaxwellLog } from '../../lab/stack/maxwell-log.ts';
import { printReport, printReportJson } from '../doctor-report.ts';
import { runChecks, type Result } from '../../operations/doctor/run-checks.ts';

/** Longer than the patience of the clients behind the checks, whose own errors say more. */
const limitMs = 12_000;

/** `alir doctor`: checks for common problems, and says what to do about each. Changes nothing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check settings and servers for common problems, and say what to do about each')
    .option('--json', 'one line of JSON, last')
    .addHelpText('after', '\nExit code: 0 no problem, 1 a problem, 3 no server could be reached.')
    .action(async (flags: { json?: boolean }) => {
      const { results, isReachable } = await examine();
      if (flags.json) printReportJson(results);
      else printReport(results);
      if (results.some(({ level }) => level === 'problem')) process.exitCode = isReachable ? 1 : 3;
    });
}

interface Examination {
  readonly results: readonly Result[];
  /** False: no server answered. Wrong settings are a problem of their own: whether one would is not known. */
  readonly isReachable: boolean;
}

async function examine(): Promise<Examination> {
  const area = 'Configuration';
  const name = 'settings';
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof AlirError)) throw error;
    const finding = {
      level: 'problem',
      found: error.message,
      means: 'No command can start, and doctor checked no server.',
      todo: error.remedy,
    } as const;
    return { results: [{ area, name, ...finding }], isReachable: true };
  }
  const settings: Result = { area, name, ...judgeConfig(config) };
  const { context, close } = openContext(config, readMaxwellLog);
  try {
    const { results, reached } = await runChecks(context, checks, limitMs);
    return { results: [settings, ...results], isReachable: reached.length > 0 };
  } finally {
    await close();
  }
}
