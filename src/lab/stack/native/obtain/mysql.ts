import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { AlirError } from '../../../../errors/alir-error.ts';
import { runTool } from '../run-tool.ts';
import { fingerprint, obtainOnce, type Tell } from './cache.ts';
import { deployFile } from './deploy.ts';
import { installPackages } from './debian.ts';
import { maven } from './java.ts';

const archive = 'mysql-Linux-amd64.tar.gz';

export interface MysqlProgram {
  /** Folder with bin/ and share/. */
  readonly base: string;
  readonly mysqld: string;
  /** What its processes need in their environment to find their libraries. */
  readonly env: Readonly<Record<string, string>>;
}

/** MySQL 8.0.12, fetched by Maven on first use, and the two libraries that it needs from the system. */
export async function obtainMysql(tell: Tell): Promise<MysqlProgram> {
  const pom = deployFile('mysql', 'pom.xml');
  const base = await obtainOnce(`mysql-8.0.12-${fingerprint(pom)}`, tell, async (part) => {
    tell('fetching MySQL 8.0.12 (33 MB, up to a few minutes)');
    const options = [
      `-DoutputDirectory=${part}`,
      `-Dmdep.unpack.includes=${archive}`,
      // Maven notes what it has unpacked and would skip it in a second, empty folder.
      `-DmarkersDirectory=${join(part, 'markers')}`,
    ];
    await maven(pom, ['dependency:unpack-dependencies', ...options], 'Fetching MySQL', tell);
    await runTool('tar', ['-xzf', join(part, archive), '-C', part], 'Unpacking MySQL');
    for (const rest of [archive, 'markers']) rmSync(join(part, rest), { recursive: true });
    mkdirSync(join(part, 'compat'));
  });
  const mysqld = join(base, 'bin', 'mysqld');
  const compat = join(base, 'compat');
  const env = { LD_LIBRARY_PATH: [compat, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':') };
  if ((await missingLibraries(mysqld, env)).length > 0) linkRenamedLibrary(compat);
  if ((await missingLibraries(mysqld, env)).length > 0) {
    await installPackages(
      [['libaio1', 'libaio1t64'], ['libnuma1']],
      'MySQL needs the libraries libaio and libnuma',
      tell,
    );
    linkRenamedLibrary(compat);
    const still = await missingLibraries(mysqld, env);
    if (still.length > 0)
      throw new AlirError('TOOL_MISSING', `MySQL still lacks the libraries ${still.join(', ')}.`);
  }
  return { base, mysqld, env };
}

async function missingLibraries(mysqld: string, env: Record<string, string>): Promise<string[]> {
  const printed = await runTool('ldd', [mysqld], 'Looking up the libraries of MySQL', { env });
  return [...printed.matchAll(/(\S+) => not found/g)].map((match) => match[1] ?? '');
}

/** Releases after Debian 12 have libaio under a new name, with nothing changed that matters on 64 bits. */
function linkRenamedLibrary(compat: string): void {
  const link = join(compat, 'libaio.so.1');
  for (const folder of ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu']) {
    if (!existsSync(folder) || existsSync(link)) continue;
    const renamed = readdirSync(folder).find((name) => name === 'libaio.so.1t64');
    if (renamed) symlinkSync(join(folder, renamed), link);
  }
}
