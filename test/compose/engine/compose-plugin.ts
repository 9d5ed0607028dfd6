import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { obtainOnce, type Tell } from '../../../src/stack/native/obtain/cache.ts';
import { installPackages } from '../../../src/stack/native/obtain/debian.ts';
import { outputOf, runTool } from '../../../src/stack/native/run-tool.ts';

/** Newer releases hold an `exclude` line, with which `go install` refuses them. */
const version = 'v2.28.1';

/** A configuration folder for `docker` with Compose as plug-in, built by Go on first use (minutes). */
export async function obtainComposePlugin(tell: Tell): Promise<string> {
  const folder = await obtainOnce(`docker-compose-${version}`, tell, async (part) => {
    if ((await outputOf('go', ['version'])) === null) {
      await installPackages([['golang-go']], 'Docker Compose is built with Go', tell);
    }
    tell(`building Docker Compose ${version} (some minutes)`);
    const bin = join(part, 'bin');
    const plugins = join(part, 'config', 'cli-plugins');
    mkdirSync(bin);
    mkdirSync(plugins, { recursive: true });
    await runTool(
      'go',
      ['install', `github.com/docker/compose/v2/cmd@${version}`],
      'Building Docker Compose',
      {
        env: { GOBIN: bin },
      },
    );
    renameSync(join(bin, 'cmd'), join(plugins, 'docker-compose'));
  });
  return join(folder, 'config');
}
