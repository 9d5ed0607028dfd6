import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { projectRoot } from '../../../config/project-root.ts';
import { AlirError } from '../../../errors/alir-error.ts';

const file = join(projectRoot, 'docker-compose.yml');

/** Options of every call: the file of this checkout, and all its profiles, so that none is left behind. */
const common = ['compose', '--file', file, '--project-directory', projectRoot, '--ansi', 'never'];

type Variables = Readonly<Record<string, string>>;

/** Starts `docker compose` with these arguments. */
export function compose(args: readonly string[], variables: Variables = {}) {
  return execa('docker', [...common, ...args], {
    env: variables,
    stdin: 'ignore',
    reject: false,
  }) satisfies ResultPromise;
}

/**
 * Sees to an engine that answers, with Compose.
 *
 * @returns the memory that its containers can have, in bytes
 * @throws AlirError NO_ENGINE saying what is missing
 */
export async function needEngine(): Promise<number> {
  if (!existsSync(file)) {
    throw new AlirError(
      'NO_ENGINE',
      'The Docker engine needs docker-compose.yml, which only a checkout has.',
    );
  }
  const info = await docker(['info', '--format', '{{.MemTotal}}']);
  if (info.code === 'ENOENT') throw new AlirError('NO_ENGINE', 'The program docker is not installed.');
  if (info.failed) {
    throw new AlirError('NO_ENGINE', 'Docker is installed, but its engine does not answer.', {
      remedy: 'Start Docker Desktop (or: sudo systemctl start docker), or use --engine native.',
    });
  }
  if ((await docker(['compose', 'version'])).failed) {
    throw new AlirError('NO_ENGINE', 'Docker has no Compose V2.', {
      remedy: 'Update Docker Desktop (or: sudo apt-get install docker-compose-v2), or use --engine native.',
    });
  }
  return Number(info.stdout.trim());
}

/** Whether Docker would start the stack without a download: it answers, and has the images of the four servers. */
export async function isReadyToUse(): Promise<boolean> {
  try {
    await needEngine();
  } catch {
    return false;
  }
  const { failed, stdout } = await compose(['config', '--images']);
  if (failed) return false;
  // Alir's own image is built where it is missing.
  const images = stdout.split('\n').filter((image) => image !== '' && !image.startsWith('alir:'));
  return !(await docker(['image', 'inspect', ...images])).failed;
}

function docker(args: readonly string[]) {
  return execa('docker', [...args], { stdin: 'ignore', reject: false, timeout: 20_000 });
}
