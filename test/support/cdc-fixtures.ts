import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';

/** One row at one moment, see test/fixtures/cdc/README.md. */
export interface RecordedRow {
  readonly statement: string;
  /** Maxwell's messages as it wrote them, without what changes with every recording, by their type. */
  readonly messages: ReadonlyMap<string, string>;
  /** The value as MySQL prints it; null: NULL. */
  readonly held: string | null;
  /** Type of message to the sentence of what it loses. */
  readonly lost: ReadonlyMap<string, string>;
}

export interface RecordedTable {
  readonly name: string;
  readonly type: string;
  readonly rows: readonly RecordedRow[];
}

const folder = join(projectRoot, 'test/fixtures/cdc');

/** Writes a file; one that is there is replaced. */
export function writeRecorded({ name, type, rows }: RecordedTable): void {
  const blocks = rows.map(({ statement, messages, held, lost }) =>
    [
      statement,
      ...[...messages].map(([kind, message]) => `${kind}: ${message}`),
      `row: ${JSON.stringify(held)}`,
      ...[...lost].map(([kind, sentence]) => `lost ${kind}: ${sentence}`),
    ].join('\n'),
  );
  writeFileSync(join(folder, `${name}.txt`), `value ${type}\n\n${blocks.join('\n\n')}\n`);
}

/** All files, in the order of their names. */
export function readRecorded(): RecordedTable[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  return files.sort().map((file) => {
    const [head = '', ...blocks] = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n\n');
    return {
      name: file.replace(/\.txt$/, ''),
      type: head.replace(/^value /, ''),
      rows: blocks.map((block) => parse(file, block)),
    };
  });
}

function parse(file: string, block: string): RecordedRow {
  const [statement = '', ...lines] = block.split('\n');
  const messages = new Map<string, string>();
  const lost = new Map<string, string>();
  let held: string | null | undefined;
  for (const line of lines) {
    const [, isLost, kind = '', rest = ''] = /^(lost )?([a-z-]+): (.*)$/.exec(line) ?? [];
    if (kind === 'row') held = JSON.parse(rest) as string | null;
    else if (isLost) lost.set(kind, rest);
    else if (kind) messages.set(kind, rest);
    else throw new Error(`${file}: "${line.slice(0, 80)}" is no part of a row`);
  }
  if (held === undefined) throw new Error(`${file}: a block has no line "row: …"`);
  return { statement, messages, held, lost };
}
