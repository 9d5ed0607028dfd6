import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { cacheFolder, type Tell } from '../../../src/lab/stack/native/obtain/cache.ts';
import { installPackages } from '../../../src/lab/stack/native/obtain/debian.ts';
import { outputOf } from '../../../src/lab/stack/native/run-tool.ts';
import { obtainComposePlugin } from './compose-plugin.ts';

/** An engine to run the compose file on. */
export interface DockerEngine {
  /** What `docker` needs in its environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it was started here, with stand-ins for the images that it cannot pull. */
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/** Why no engine can be had on this machine, or null. */
export async function whyNoEngine(): Promise<string | null> {
  if (await answers({})) return null;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'the stand-ins are made for Linux on x64';
  if (process.getuid?.() !== 0) return 'no Docker engine answers, and only root can start one';
  if (!existsSync('/etc/debian_version'))
    return 'no Docker engine answers, and apt-get is not here to get one';
  return null;
}

/**
 * The engine that runs here already, or one of our own: its images, containers and volumes are in a folder of the
 * cache, so that images are made once.
 */
export async function startEngine(tell: Tell): Promise<DockerEngine> {
  if (await answers({})) return { environment: {}, isOwn: false, stop: () => Promise.resolve() };
  if (
    (await outputOf('dockerd', ['--version'])) === null ||
    (await outputOf('debootstrap', ['--version'])) === null
  ) {
    await installPackages(
      [['docker.io'], ['iptables'], ['debootstrap']],
      'The compose test needs Docker',
      tell,
    );
  }
  const config = await obtainComposePlugin(tell);
  // Not in the checkout: the path of a socket holds 107 characters at most.
  const run = mkdtempSync(join(tmpdir(), 'alir-dockerd-'));
  const data = join(cacheFolder(), 'docker', 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const host = `unix://${join(run, 'docker.sock')}`;
  const log = join(run, 'dockerd.log');
  const output = openSync(log, 'w');
  tell('starting a Docker engine');
  const daemon = spawn(
    'dockerd',
    ['--data-root', data, '--exec-root', join(run, 'exec'), '--pidfile', join(run, 'pid'), '-H', host],
    { stdio: ['ignore', output, output] },
  );
  closeSync(output);
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
  const environment = { DOCKER_HOST: host, DOCKER_CONFIG: config };
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    rmSync(run, { recursive: true, force: true });
  };
  for (let waited = 0; !(await answers(environment)); waited += 500) {
    if (daemon.exitCode !== null || waited > 60_000) {
      const words = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3).join('\n');
      await stop();
      throw new Error(`dockerd did not start: ${words}`);
    }
    await delay(500);
  }
  return { environment, isOwn: true, stop };
}

/** Whether an engine answers, and Compose with it. */
async function answers(environment: Readonly<Record<string, string>>): Promise<boolean> {
  for (const args of [['info'], ['compose', 'version']]) {
    const { failed } = await execa('docker', args, { env: environment, reject: false, timeout: 20_000 });
    if (failed) return false;
  }
  return true;
}
