import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { floors, ownedPackages, sandbox } from './floors.ts';

const files = globSync(['src/**/*.ts', 'temporal/**/*.ts', 'scripts/**/*.ts'], {
  cwd: projectRoot,
  ignore: ['src/mysql/generated/**'],
}).map((file) => file.replaceAll('\\', '/'));

const isIn = (folder: string, file: string): boolean => file === folder || file.startsWith(`${folder}/`);

/** Modules that a file imports; without those of which it takes types only. */
function importsOf(file: string, { types }: { readonly types: boolean }): string[] {
  const text = readFileSync(join(projectRoot, file), 'utf8');
  return [
    ...text.matchAll(/(?:^(?:import|export) (type )?(?:[^;']*? from )?|\b(?:import|load)\()'([^']+)'/gm),
  ]
    .filter(([, type]) => types || type === undefined)
    .map(([, , target]) => target ?? '');
}

function filesImportedBy(file: string): string[] {
  return importsOf(file, { types: true })
    .filter((target) => target.startsWith('.'))
    .map((target) => normalize(join(dirname(file), target)).replaceAll('\\', '/'));
}

/** Counted from the top; null: outside of the house (tests, generated code). */
function floorOf(file: string): { readonly floor: number; readonly folder: string } | null {
  for (const [floor, folders] of floors.entries()) {
    const folder = folders.find((each) => isIn(each, file));
    if (folder !== undefined) return { floor, folder };
  }
  return null;
}

test('every file stands on a floor', () => {
  expect(files.filter((file) => floorOf(file) === null)).toEqual([]);
});

test('no file imports from its own floor next door, or from above', () => {
  const up = files.flatMap((file) => {
    const own = floorOf(file)!;
    const wrong = filesImportedBy(file).filter((target) => {
      const its = floorOf(target);
      return its !== null && its.folder !== own.folder && its.floor <= own.floor;
    });
    return wrong.map((target) => `${file} imports ${target}`);
  });
  expect(up).toEqual([]);
});

test.each(Object.entries(sandbox))('%s imports nothing that cannot be replayed', (place, permitted) => {
  const wrong = files
    .filter((file) => isIn(place, file))
    .flatMap(filesImportedBy)
    .filter((target) => ![place, ...permitted].some((folder) => isIn(folder, target)));
  expect(wrong).toEqual([]);
});

describe('a client library is used in its own folders only', () => {
  test.each(Object.entries(ownedPackages))('%s', (name, folders) => {
    const users = files.filter((file) =>
      importsOf(file, { types: false }).some((target) => isIn(name, target)),
    );
    expect(users.filter((file) => !folders.some((folder) => isIn(folder, file)))).toEqual([]);
  });
});

test('no file has more than 300 lines', () => {
  const lengths = globSync('{src,temporal,scripts,test}/**/*.ts', {
    cwd: projectRoot,
    ignore: ['src/mysql/generated/**'],
  }).map((file) => ({ file, lines: readFileSync(join(projectRoot, file), 'utf8').split('\n').length - 1 }));
  expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
});
