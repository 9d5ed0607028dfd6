import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AlirError } from '../../../../errors/alir-error.ts';
import { runTool } from '../run-tool.ts';
import { obtainOnce, type Tell } from './cache.ts';
import { installPackages, unpackPackages } from './debian.ts';

export interface MariadbProgram {
  readonly mariadbd: string;
  /** Folder with its messages, character sets and the SQL that fills a new data folder. */
  readonly share: string;
  /** What its processes need in their environment to find their libraries. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * MariaDB as the Debian release of this machine has it. The packages are unpacked into the cache and not installed: an
 * installation would start a server of the system's, or take the place of another one.
 *
 * @throws AlirError TOOL_MISSING where there is no Debian, DOWNLOAD_FAILED
 */
export async function obtainMariadb(tell: Tell): Promise<MariadbProgram> {
  if (!existsSync('/etc/debian_version'))
    throw new AlirError('TOOL_MISSING', 'MariaDB comes from the packages of Debian or Ubuntu.');
  const base = await obtainOnce('mariadb-debian', tell, async (part) => {
    tell('fetching MariaDB (8 MB)');
    await unpackPackages(['mariadb-server-core', 'liburing2'], part, 'MariaDB');
  });
  const mariadbd = join(base, 'usr', 'sbin', 'mariadbd');
  const own = join(base, 'usr', 'lib', 'x86_64-linux-gnu');
  const env = { LD_LIBRARY_PATH: [own, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':') };
  if (await missesLibraries(mariadbd, env)) {
    const libraries = [['libaio1', 'libaio1t64'], ['libnuma1'], ['libpcre2-8-0'], ['libssl3', 'libssl3t64']];
    await installPackages(
      libraries,
      'MariaDB needs the libraries libaio, libnuma, libpcre2 and libssl',
      tell,
    );
  }
  return { mariadbd, share: join(base, 'usr', 'share', 'mysql'), env };
}

async function missesLibraries(program: string, env: Record<string, string>): Promise<boolean> {
  const printed = await runTool('ldd', [program], 'Looking up the libraries of MariaDB', { env });
  return printed.includes('not found');
}
