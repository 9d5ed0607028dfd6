import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlirError } from '../errors/alir-error.ts';
import { request, RequestError } from '../errors/request-error.ts';

/**
 * Has the user edit a text in the editor of $VISUAL or $EDITOR. The file is readable by the user alone, and removed.
 *
 * @throws RequestError where no editor is set; AlirError FILE_FAILED where it fails
 */
export function editText(text: Buffer, name: string): Buffer {
  const editor = process.env['VISUAL'] || process.env['EDITOR'];
  if (!editor)
    throw new RequestError(request`No editor is set.`, {
      remedy: 'Set VISUAL or EDITOR, or give the correction: --set path=value or --from FILE',
    });
  const folder = mkdtempSync(join(tmpdir(), 'alir-letter-'));
  try {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    // By the shell, as git does: an editor may have arguments of its own, such as `code --wait`.
    const { status, error } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    if (error || status !== 0)
      throw new AlirError('FILE_FAILED', `The editor ${editor} failed; nothing was kept.`, { cause: error });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
