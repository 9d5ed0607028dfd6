import { execa, type Options } from 'execa';
import { AlirError } from '../../../errors/alir-error.ts';
import type { ErrorCode } from '../../../errors/catalogue.ts';

/** Runs a program to its end and returns what it printed. @throws AlirError of the given code with its last line */
export async function runTool(
  program: string,
  args: readonly string[],
  doing: string,
  options: Options & { code?: ErrorCode } = {},
): Promise<string> {
  const { code = 'DOWNLOAD_FAILED', ...rest } = options;
  const result = await execa(program, [...args], {
    stdin: 'ignore',
    all: true,
    ...rest,
    reject: false,
    encoding: 'utf8',
  });
  const output = (typeof result.all === 'string' ? result.all : '').replaceAll(/\u001b\[[0-9;]*m/g, '');
  if (!result.failed) return output;
  if (result.code === 'ENOENT') {
    throw new AlirError('TOOL_MISSING', `${doing} needs the program ${program}, which is not installed.`);
  }
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  // The last lines of Maven and MySQL only say that they end; the first error says why.
  const telling =
    lines.find((line) => line.includes('[ERROR]')) ?? (lines.slice(-2).join(' ') || result.shortMessage);
  throw new AlirError(code, `${doing} failed: ${telling}`);
}

/** What a program prints, or null when it cannot be run or fails. */
export async function outputOf(program: string, args: readonly string[]): Promise<string | null> {
  const result = await execa(program, [...args], { stdin: 'ignore', all: true, reject: false });
  return result.failed ? null : (result.all ?? '').trim();
}
