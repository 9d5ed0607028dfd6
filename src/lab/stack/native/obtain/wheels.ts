import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../run-tool.ts';

/**
 * Downloads the wheels that a requirements file names, each with its hash, into a folder; nothing is installed.
 *
 * @param what what they are, for the error
 * @returns the files
 * @throws AlirError TOOL_MISSING (no Python), DOWNLOAD_FAILED
 */
export async function downloadWheels(requirements: string, folder: string, what: string): Promise<string[]> {
  const options = ['-q', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  await runTool(
    'python3',
    ['-m', 'pip', 'download', ...options, '-r', requirements, '-d', folder],
    `Fetching ${what}`,
  );
  return readdirSync(folder)
    .filter((name) => name.endsWith('.whl'))
    .map((name) => join(folder, name));
}
