import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { keepEdit } from '../../metadata/dead-letters/edits.ts';
import { readLetter, type Letter } from '../../metadata/dead-letters/read-letters.ts';
import type { Database } from '../../mysql/connection.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { correct } from './correct-letter.ts';
import { csvColumns, ofCell, rowOf, type CsvRow } from './csv.ts';
import { closedMeanwhile } from './edit-letters.ts';

/** A row of the file that is not kept. */
export interface RefusedRow {
  /** Where it ends in the file, from 1 on. */
  readonly line: number;
  readonly id: string;
  /** Without a full stop. */
  readonly reason: string;
}

export interface ImportedEdits {
  /** Kept, or in a dry run: would be. */
  readonly corrected: number;
  readonly unchanged: number;
  readonly refused: readonly RefusedRow[];
  readonly dryRun: boolean;
}

/** What tells a letter apart; the rest of a row is for people. */
const needed = ['id', 'topic', 'partition', 'offset', 'value'] as const;

type Row = Pick<CsvRow, (typeof needed)[number]>;

/**
 * Takes the corrections of a CSV file that `exportLetters` has written. Every row is judged by itself: what is refused
 * does not keep the others back.
 *
 * @throws AlirError FILE_FAILED: it cannot be read, or is no such file; the rows before that are kept
 */
export async function importEdits(
  database: Database,
  file: string,
  { by, dryRun }: { readonly by: string; readonly dryRun: boolean },
): Promise<ImportedEdits> {
  const refused: RefusedRow[] = [];
  let [corrected, unchanged] = [0, 0];
  for await (const { row, line } of rowsOf(file)) {
    const result = await importRow(database, row, by, dryRun);
    if (result === 'corrected') corrected += 1;
    else if (result === 'unchanged') unchanged += 1;
    else refused.push({ line, id: row.id, reason: result.reason });
  }
  return { corrected, unchanged, refused, dryRun };
}

async function importRow(
  database: Database,
  row: Row,
  by: string,
  dryRun: boolean,
): Promise<'corrected' | 'unchanged' | { readonly reason: string }> {
  const letter = await readLetter(database, row.id.trim());
  if (letter === null) return { reason: 'there is no dead letter of this id' };
  const problem = otherLetter(letter, row);
  if (problem !== null) return { reason: problem };
  if (rowOf(letter)?.value === row.value) return 'unchanged';
  const correction = await correct(letter, () => Buffer.from(ofCell(row.value)));
  if (correction.kind === 'refused') return { reason: correction.reason };
  if (dryRun) return 'corrected';
  const kept = await inTransaction(database, (transaction) => keepEdit(transaction, correction, by));
  return kept ? 'corrected' : { reason: closedMeanwhile.reason };
}

/** Why a row is not the one of a letter: in a spreadsheet an id is soon sorted away from its row. */
function otherLetter({ record }: Letter, { topic, partition, offset }: Row): string | null {
  const own = `${record.topic}/${record.partition}/${record.offset}`;
  const given = `${topic}/${partition}/${offset}`;
  return own === given ? null : `this id is the letter of ${own}, but the row is the one of ${given}`;
}

async function* rowsOf(file: string): AsyncGenerator<{ readonly row: Row; readonly line: number }> {
  const parser = parse({
    bom: true,
    info: true,
    columns(header: string[]) {
      const missing = needed.filter((name) => !header.includes(name));
      if (missing.length > 0) throw new MissingColumns(missing);
      return header;
    },
  });
  const bytes = createReadStream(file);
  bytes.on('error', (error) => parser.destroy(error));
  try {
    for await (const each of bytes.pipe(parser)) {
      const { record, info } = each as { record: Row; info: { lines: number } };
      yield { row: record, line: info.lines };
    }
  } catch (error) {
    if (error instanceof MissingColumns)
      throw new AlirError('FILE_FAILED', `${file} has no column ${error.columns.join(', ')}.`, {
        remedy: `Keep the columns of the export: ${csvColumns.join(', ')}.`,
      });
    if (error instanceof CsvError)
      throw new AlirError(
        'FILE_FAILED',
        `${file} is no CSV file: ${error.code}, line ${String(error['lines'])}.`,
        {
          remedy: 'Save it as CSV, with commas and UTF-8, then try again; rows before that line are done.',
        },
      );
    if (typeof (error as { errno?: unknown }).errno === 'number')
      throw new AlirError('FILE_FAILED', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
    throw error;
  } finally {
    bytes.destroy();
  }
}

class MissingColumns extends Error {
  readonly columns: readonly string[];

  constructor(columns: readonly string[]) {
    super('missing columns');
    this.columns = columns;
  }
}
