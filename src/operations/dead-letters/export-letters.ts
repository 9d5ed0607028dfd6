import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { pagesOf } from '../../metadata/dead-letters/pages.ts';
import { csvColumns, rowOf } from './csv.ts';
import { checkedFilter, type LetterContext } from './letter-filter.ts';
import type { ExportRequest } from './request.ts';

export interface Exported {
  readonly letters: number;
  /** Their values are no UTF-8 text, or only Kafka has them. */
  readonly leftOut: number;
}

/**
 * Writes the letters that a request means into a CSV file for a spreadsheet. The file appears when it is complete: one
 * that is cut off by a full disk would look whole.
 *
 * @throws RequestError; AlirError FILE_FAILED
 */
export async function exportLetters(
  context: LetterContext,
  asked: ExportRequest,
  { to, force }: { readonly to: string; readonly force: boolean },
): Promise<Exported> {
  const filter = await checkedFilter(context, asked);
  if (!force && (await exists(to)))
    throw new AlirError('FILE_FAILED', `${to} exists.`, { remedy: 'Choose another name, or add --force.' });
  const part = `${to}.part`;
  let file: FileHandle | undefined;
  try {
    // Personal data: for nobody but the user.
    file = await open(part, 'w', 0o600);
    await file.write(stringify([[...csvColumns]], { bom: true }));
    let [letters, leftOut] = [0, 0];
    for await (const page of pagesOf(context.database, filter)) {
      const rows = page.flatMap((letter) => rowOf(letter) ?? []);
      await file.write(stringify(rows, { columns: [...csvColumns] }));
      letters += rows.length;
      leftOut += page.length - rows.length;
    }
    await file.sync();
    await file.close();
    await rename(part, to);
    return { letters, leftOut };
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(part, { force: true });
    if (error instanceof AlirError || !isOfFile(error)) throw error;
    throw new AlirError('FILE_FAILED', `${to} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function isOfFile(error: unknown): boolean {
  return typeof (error as { readonly errno?: unknown }).errno === 'number' && 'syscall' in (error as object);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
