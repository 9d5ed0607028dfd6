/** What a command prints. Standard output holds its answer; logs and progress go to standard error. */
import { nameStack } from '../operations/name-stack.ts';

// `alir status | head`: who reads the answer has seen enough. Not an error, and no reason to go on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

/** Prints one line of the answer, as it is: it may be data. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a line of advice: its commands name the stack. */
export function advise(line: string): void {
  print(nameStack(line));
}

/** Prints the answer for machines: one line of JSON, last. Its commands are as the catalogue has them. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Tells what is being done and what to do, where people look and machines do not; its commands name the stack. */
export function note(line: string): void {
  process.stderr.write(`${nameStack(line)}\n`);
}

/** A whole number with separators: 200,000. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
