import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/config/project-root.ts';
import { AlirError } from '../../../src/errors/alir-error.ts';
import { fingerprint, obtainOnce, type Tell } from '../../../src/lab/stack/native/obtain/cache.ts';
import { unpackPackages } from '../../../src/lab/stack/native/obtain/debian.ts';
import { downloadWheels } from '../../../src/lab/stack/native/obtain/wheels.ts';
import { outputOf, runTool } from '../../../src/lab/stack/native/run-tool.ts';

/** A program with what its processes need in their environment. */
export interface Program {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

export const fixtures = join(projectRoot, 'test', 'fixtures', 'laravel');

/**
 * PHP's command line: the one on PATH, else the packages of this Debian release, unpacked into the cache.
 *
 * @throws AlirError TOOL_MISSING where there is neither, DOWNLOAD_FAILED
 */
export async function obtainPhp(tell: Tell): Promise<Program> {
  if ((await outputOf('php', ['-v'])) !== null) return { program: 'php', env: {} };
  if (!existsSync('/etc/debian_version'))
    throw new AlirError('TOOL_MISSING', 'PHP is taken from PATH or from the packages of Debian or Ubuntu.');
  const folder = await obtainOnce('php-debian', tell, async (part) => {
    tell('fetching PHP (3 MB)');
    await unpackPackages(['php-cli'], part, 'PHP', { withMissing: true });
  });
  const bin = join(folder, 'usr', 'bin');
  const name = readdirSync(bin).find((each) => /^php\d/.test(each)) ?? 'php';
  return { program: join(bin, name), env: { LD_LIBRARY_PATH: librariesOf(folder) } };
}

/**
 * Python with librdkafka, from PyPI's wheel.
 *
 * @throws AlirError TOOL_MISSING where no wheel fits this machine, DOWNLOAD_FAILED
 */
export async function obtainLibrdkafka(tell: Tell): Promise<Program> {
  const asked = 'import sys, sysconfig; print(sysconfig.get_platform(), "%d.%d" % sys.version_info[:2])';
  const machine = (await outputOf('python3', ['-c', asked])) ?? 'no Python 3';
  if (
    !/^linux-x86_64 3\.(9|1[0-4])$/.test(machine) ||
    (await outputOf('python3', ['-m', 'pip', '-V'])) === null
  )
    throw new AlirError(
      'TOOL_MISSING',
      `librdkafka needs Python 3.9 to 3.14 with pip on Linux (${machine}).`,
    );
  const requirements = join(fixtures, 'requirements.txt');
  const key = `librdkafka-python${machine.split(' ')[1]}-${fingerprint(requirements)}`;
  const folder = await obtainOnce(key, tell, async (part) => {
    tell('fetching librdkafka (5 MB)');
    for (const wheel of await downloadWheels(requirements, part, 'librdkafka')) {
      await runTool('python3', ['-m', 'zipfile', '-e', wheel, part], 'Unpacking librdkafka');
      rmSync(wheel);
    }
  });
  return { program: 'python3', env: { PYTHONPATH: folder } };
}

function librariesOf(folder: string): string {
  const libraries = join(folder, 'usr', 'lib', 'x86_64-linux-gnu');
  return [libraries, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
}
