import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../src/config/project-root.ts';
import type { Tell } from '../../../src/lab/stack/native/obtain/cache.ts';

/** The environment in which `docker` reaches the engine. */
export type Environment = Readonly<Record<string, string>>;

/** An image that takes the place of one that cannot be pulled, made of packages. */
export interface StandIn {
  readonly tag: string;
  /** Its folder beside this file, with the Dockerfile. */
  readonly recipe: string;
  /** Whatever else its content depends on; files are told apart by what is in them. */
  readonly made: readonly string[];
  /** Adds to the build's folder what the recipe copies and does not hold. */
  readonly collect: (folder: string, tell: Tell) => Promise<void>;
}

const label = 'alir.stand-in';

/** Makes the image, unless the engine has it as it would be made now. */
export async function buildStandIn(standIn: StandIn, environment: Environment, tell: Tell): Promise<void> {
  const recipe = join(projectRoot, 'test/compose/stand-ins', standIn.recipe);
  // With the image that it is made from: a new base makes all of them anew.
  const parent = /^FROM (\S+)/m.exec(readFileSync(join(recipe, 'Dockerfile'), 'utf8'))?.[1] ?? '';
  const state = fingerprintOf([recipe, ...standIn.made, await labelled(parent, environment)]);
  if ((await labelled(standIn.tag, environment)) === state) return;
  tell(`making a stand-in for ${standIn.tag}`);
  const folder = mkdtempSync(join(tmpdir(), 'alir-stand-in-'));
  try {
    cpSync(recipe, folder, { recursive: true, verbatimSymlinks: true });
    await standIn.collect(folder, tell);
    await execa('docker', ['build', '-q', '--label', `${label}=${state}`, '-t', standIn.tag, folder], {
      // The builder of this engine: the newer one is a plug-in, which Debian does not have.
      env: { ...environment, DOCKER_BUILDKIT: '0' },
      timeout: 900_000,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The base of all stand-ins: a minimal Debian. */
export async function buildBase(tag: string, environment: Environment, tell: Tell): Promise<void> {
  const state = 'bookworm-minbase-without-docs';
  if ((await labelled(tag, environment)) === state) return;
  tell('making a minimal Debian for the stand-ins');
  const folder = mkdtempSync(join(tmpdir(), 'alir-debian-'));
  try {
    await execa('debootstrap', ['--variant=minbase', 'bookworm', folder], { timeout: 900_000 });
    const left = [
      './var/cache/apt/archives/*.deb',
      './var/lib/apt/lists/*',
      './usr/share/doc/*',
      './usr/share/man/*',
    ];
    const without = left.map((path) => `--exclude=${path}`);
    const archive = execa('tar', ['-C', folder, ...without, '-c', '.'], {
      buffer: false,
      encoding: 'buffer',
    });
    const change = `LABEL ${label}=${state}`;
    await archive.pipe('docker', ['import', '--change', change, '-', tag], { env: environment });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the engine's image of this name was made of, or empty. */
async function labelled(tag: string, environment: Environment): Promise<string> {
  const format = `{{index .Config.Labels "${label}"}}`;
  const { failed, stdout } = await execa('docker', ['image', 'inspect', '-f', format, tag], {
    env: environment,
    reject: false,
  });
  return failed ? '' : stdout.trim();
}

function fingerprintOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    if (!existsSync(path)) hash.update(path);
    else if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(path.replace(projectRoot, '')).update(readFileSync(path));
  };
  sources.forEach(add);
  return hash.digest('hex').slice(0, 16);
}
