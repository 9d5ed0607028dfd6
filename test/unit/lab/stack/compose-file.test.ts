import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../../src/config/project-root.ts';

interface Service {
  readonly image: string;
  readonly command?: string | readonly string[];
  readonly ports?: readonly string[];
  readonly mem_limit?: string;
  readonly logging?: unknown;
  readonly restart?: string;
}

const read = (...parts: string[]): string => readFileSync(join(projectRoot, ...parts), 'utf8');
const text = read('docker-compose.yml');
const { services } = parse(text, { merge: true }) as { services: Readonly<Record<string, Service>> };
const all = Object.entries(services);

test.each(all)('%s: pinned image, loopback only, bounded memory and logs, restarted', (_, service) => {
  expect(service.image).toMatch(/:(v?\d+\.\d+\.\d+|\$\{ALIR_TAG:-local\})$/);
  for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_0-9]+:-\d+\}:\d+$/);
  expect(service.mem_limit).toMatch(/^\d+[mg]$/);
  expect(service.logging).toEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } });
  expect(service.restart).toBeDefined();
});

test('MySQL has the options of deploy/mysql/my.cnf, but for what 8.4 does not know', () => {
  const wanted = read('deploy', 'mysql', 'my.cnf')
    .split('\n')
    .filter((line) => /^\w/.test(line))
    .map((line) => `--${line.replaceAll('_', '-').replace(/\s*=\s*/, '=')}`)
    .filter((option) => !option.startsWith('--default-authentication-plugin'));
  const given = (services['mysql']?.command ?? []) as readonly string[];
  expect(given.filter((option) => !option.startsWith('--loose-'))).toEqual(
    wanted.map((option) => given.find((one) => one.toLowerCase() === option.toLowerCase()) ?? option),
  );
});

test('Maxwell has the filter of deploy/maxwell/config.properties, and sees no database that others alter', () => {
  const [, wanted = ''] = /^filter=(.*)$/m.exec(read('deploy', 'maxwell', 'config.properties')) ?? [];
  const given = (services['maxwell']?.command ?? []) as readonly string[];
  const unseen = ['app_consumer', 'app_olap', 'n8n'].map((name) => `, blacklist: ${name}.*`);
  expect(given).toContain(`--filter=${wanted}${unseen.join('')}`);
});

test('Temporal has the settings of deploy/temporal/dynamic-config.json', () => {
  const settings = JSON.parse(read('deploy', 'temporal', 'dynamic-config.json')) as Record<
    string,
    readonly { value: unknown }[]
  >;
  const wanted = Object.entries(settings).map(
    ([name, [first]]) => `--dynamic-config-value=${name}=${JSON.stringify(first?.value)}`,
  );
  expect(services['temporal']?.command).toEqual(expect.arrayContaining(wanted));
});

test('.env.example lists every variable with the very default of the file', () => {
  const used = new Map(
    [...text.matchAll(/\$\{([A-Z_0-9]+):-([^}]*)\}/g)].map((match) => [match[1], match[2]]),
  );
  const listed = new Map(
    [...read('.env.example').matchAll(/^#([A-Z_0-9]+)=(.*)$/gm)].map((m) => [m[1], m[2]]),
  );
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(used));
});

test('a variable has one default wherever it is used', () => {
  const defaults = new Map<string, Set<string>>();
  for (const [, name = '', value = ''] of text.matchAll(/\$\{([A-Z_0-9]+):-([^}]*)\}/g))
    defaults.set(name, (defaults.get(name) ?? new Set()).add(value));
  for (const [name, values] of defaults) expect([name, ...values]).toHaveLength(2);
});
