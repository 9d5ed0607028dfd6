import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { backfillCommand } from '../../src/cli/commands/backfill.ts';
import { buildCommand } from '../../src/cli/commands/build.ts';
import { configCommand } from '../../src/cli/commands/config.ts';
import { deadLettersCommand } from '../../src/cli/commands/dead-letters.ts';
import { demoCommand } from '../../src/cli/commands/demo.ts';
import { doctorCommand } from '../../src/cli/commands/doctor.ts';
import { maxwellCommand } from '../../src/cli/commands/maxwell.ts';
import { migrateCommand } from '../../src/cli/commands/migrate.ts';
import { produceCommand } from '../../src/cli/commands/produce.ts';
import { replicaCommand } from '../../src/cli/commands/replica.ts';
import { processCommand } from '../../src/cli/commands/run.ts';
import { stackCommand } from '../../src/cli/commands/stack.ts';
import { statusCommand } from '../../src/cli/commands/status.ts';
import { verifyCommand } from '../../src/cli/commands/verify.ts';
import { projectRoot } from '../../src/config/project-root.ts';

const commands = [
  ...[backfillCommand(), configCommand(), demoCommand(), doctorCommand(), migrateCommand()],
  ...[
    buildCommand(),
    deadLettersCommand(),
    maxwellCommand(),
    produceCommand(),
    replicaCommand(),
    stackCommand(),
    statusCommand(),
    verifyCommand(),
  ],
  ...(['run', 'worker', 'consume', 'serve'] as const).map(processCommand),
];
const guides = readdirSync(join(projectRoot, 'docs/guide')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'README.id.md', ...guides.map((name) => `docs/guide/${name}`)];

/** The lines of a page's shell blocks, and what stands in its inline code. */
function codeOf(page: string): { readonly lines: string[]; readonly spans: string[] } {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  const lines = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const prose = text.replaceAll(/^```[^]*?^```/gm, '');
  return { lines, spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span) };
}

/** What is wrong with the words behind `alir`; null: there is such a command, and it takes these flags. */
function problemOf(words: readonly string[]): string | null {
  let known: readonly Command[] = commands;
  let command: Command | undefined;
  for (const word of words) {
    const next = known.find((each) => each.name() === word || each.aliases().includes(word));
    if (next === undefined && command === undefined)
      return /^[a-z-]+$/.test(word) ? `no command ${word}` : null;
    if (next === undefined) break;
    [command, known] = [next, next.commands];
  }
  const flags = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split('=')[0]);
  const takes = (flag: string | undefined): boolean =>
    flag === '--help' || (command?.options.some(({ long }) => long === flag) ?? false);
  const wrong = flags.find((flag) => !takes(flag));
  return wrong === undefined ? null : `${command?.name()} takes no ${wrong}`;
}

test.each(pages)('%s runs Alir as the README does, with commands and flags that there are', (page) => {
  const { lines, spans } = codeOf(page);
  expect(lines.filter((line) => /^(npx )?alir\b/.test(line))).toEqual([]);
  const problems = [...lines, ...spans].flatMap((code) => {
    const [, rest] =
      /^(?:(?:[A-Z_]+=\S+ )*(?:npm run alir --|docker compose run --rm alir|alir)) (.*)$/.exec(code) ?? [];
    const problem = rest === undefined ? null : problemOf(rest.replace(/ +#.*$/, '').split(/[ |;]+/));
    return problem === null ? [] : [`${code}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

test('after a TRUNCATE, people are sent to a reading that may remove every row', () => {
  const page = readFileSync(join(projectRoot, 'docs/guide/troubleshooting.md'), 'utf8');
  const [row = ''] = /^\|[^|]*TRUNCATE.*$/m.exec(page) ?? [];
  expect(row).toContain('--allow-deletes');
});
