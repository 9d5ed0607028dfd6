import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AlirError } from '../../../../errors/alir-error.ts';
import { runTool, outputOf } from '../run-tool.ts';
import type { Tell } from './cache.ts';

/** Calls one after the other: apt-get holds a lock. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Has Debian packages installed: by apt-get when this is root on Debian, else by whoever reads the error.
 *
 * @param packages each a name, or names of which the first that the release knows is taken
 * @throws AlirError TOOL_MISSING naming the command
 */
export function installPackages(
  packages: readonly (readonly string[])[],
  why: string,
  tell: Tell,
): Promise<void> {
  const turn = queue.then(() => install(packages, why, tell));
  queue = turn.catch(() => undefined);
  return turn;
}

async function install(packages: readonly (readonly string[])[], why: string, tell: Tell): Promise<void> {
  const first = packages.map((names) => names[0] ?? '');
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    const command = `sudo apt-get install ${first.join(' ')}`;
    throw new AlirError('TOOL_MISSING', `${why} (on Debian and Ubuntu: ${command}).`, {
      remedy: `Run: ${command}`,
    });
  }
  tell(`installing Debian packages: ${first.join(', ')} (a minute or two)`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runTool('apt-get', ['update', '-q'], 'apt-get update', { env });
  const known = await Promise.all(packages.map(firstKnown));
  await runTool('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...known], 'apt-get install', {
    env,
  });
}

/**
 * Unpacks Debian packages into a folder; nothing is installed.
 *
 * @param options.withMissing also the packages that they depend on and that this machine has not installed
 * @throws AlirError DOWNLOAD_FAILED
 */
export async function unpackPackages(
  packages: readonly string[],
  folder: string,
  name: string,
  { withMissing = false } = {},
): Promise<void> {
  const doing = `Fetching ${name}`;
  const download = async () => {
    const wanted = withMissing ? await notInstalled(packages, doing) : packages;
    await runTool('apt-get', ['download', '-q', ...wanted], doing, { cwd: folder });
  };
  // Without lists of packages, or with those of some time ago, nothing is found.
  await download().catch(async () => {
    await runTool('apt-get', ['update', '-q'], 'apt-get update');
    await download();
  });
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
    await runTool('dpkg-deb', ['--extract', join(folder, file), folder], `Unpacking ${name}`);
    rmSync(join(folder, file));
  }
}

async function notInstalled(packages: readonly string[], doing: string): Promise<string[]> {
  const simulate = ['install', '--print-uris', '-qq', '--no-install-recommends', ...packages];
  const printed = await runTool('apt-get', simulate, doing);
  return [...printed.matchAll(/^'[^']*' ([^_\s]+)_\S+\.deb /gm)].map((match) => match[1] ?? '');
}

async function firstKnown(names: readonly string[]): Promise<string> {
  for (const name of names) {
    const policy = await outputOf('apt-cache', ['policy', name]);
    if (policy && /Candidate: (?!\(none\))/.test(policy)) return name;
  }
  return names[0] ?? '';
}
