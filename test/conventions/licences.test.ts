import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';

/** Licences under which Alir, which is MIT, may be passed on together with a package. */
const fine: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT'],
  'Unlicense',
]);

/** Others, each with the reason why it does no harm; those without a licence in their package.json have a file. */
const reviewed: Readonly<Record<string, string>> = {
  mariadb: 'LGPL-2.1-or-later: used as a library, unchanged, and replaceable in node_modules',
  elkjs: 'EPL-2.0: comes with the Prisma command line (its studio), which Alir never starts',
  'caniuse-lite': 'CC-BY-4.0: data of the bundler that bundles the workflows; credited by its own package',
  'seq-queue': 'MIT by its LICENSE file',
  unionfs: 'Unlicense by its LICENSE file',
};

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
}

test('what Alir is passed on with has a licence that allows it', () => {
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
  expect(shipped.length).toBeGreaterThan(100);
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13);
  const isFine = ({ license }: Locked): boolean =>
    license !== undefined && license.split(/ and /i).every((each) => fine.has(each));
  const others = shipped.filter(([, locked]) => !isFine(locked)).map(([path]) => nameOf(path));
  expect([...new Set(others)].sort()).toEqual(Object.keys(reviewed).sort());
});
