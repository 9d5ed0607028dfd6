import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeConfig, loadConfig } from '../../../src/config/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'alir-tls-'));
const file = (name: string) => join(folder, name);
const certificate = rootCertificates[0] ?? '';

beforeAll(() => {
  writeFileSync(file('ca.pem'), certificate);
  writeFileSync(file('other.pem'), rootCertificates[1] ?? '');
  writeFileSync(file('text.pem'), 'no certificate');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('without settings nothing is encrypted', () => {
  const { kafka, source, target } = loadConfig();
  expect([kafka.tls, source.tls, target.tls]).toEqual([null, null, null]);
});

test('the files are read once, when the process starts', () => {
  const config = loadConfig({
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: file('ca.pem'),
    MYSQL_SSL_MODE: 'VERIFY-CA',
    MYSQL_SSL_CA_FILE: file('ca.pem'),
  });
  expect(config.kafka.tls).toEqual({ ca: certificate });
  expect(config.target.tls).toEqual({ ca: certificate, verifyName: false });
});

describe('the source server', () => {
  const target = { MYSQL_SSL_MODE: 'verify-identity', MYSQL_SSL_CA_FILE: file('ca.pem') };

  test('is reached as the target where nothing else is set', () => {
    expect(loadConfig(target).source.tls).toEqual({ ca: certificate, verifyName: true });
  });

  test('has settings of its own', () => {
    const other = {
      ...target,
      SOURCE_MYSQL_SSL_MODE: 'verify-ca',
      SOURCE_MYSQL_SSL_CA_FILE: file('other.pem'),
    };
    expect(loadConfig(other).source.tls).toEqual({ ca: rootCertificates[1], verifyName: false });
    expect(loadConfig({ ...target, SOURCE_MYSQL_SSL_MODE: 'disabled' }).source.tls).toBeNull();
  });
});

describe('what cannot be meant is refused', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a file that is not there',
      { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: file('none.pem') },
      /KAFKA_SSL_CA_FILE.*ENOENT/,
    ],
    [
      'a file without certificate',
      { MYSQL_SSL_MODE: 'verify-ca', MYSQL_SSL_CA_FILE: file('text.pem') },
      /MYSQL_SSL_CA_FILE.*no certificate/,
    ],
    [
      'a certificate without its key',
      { KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: file('ca.pem') },
      /KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE/,
    ],
    [
      'the key of another certificate',
      { KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: file('ca.pem'), KAFKA_SSL_KEY_FILE: file('key.pem') },
      /KAFKA_SSL_KEY_FILE does not fit/,
    ],
    ['a file and no encryption', { KAFKA_SSL_CA_FILE: file('ca.pem') }, /KAFKA_SSL_CA_FILE.*KAFKA_SSL=true/],
    [
      'a file of the source and no encryption',
      { SOURCE_MYSQL_SSL_CA_FILE: file('ca.pem') },
      /SOURCE_MYSQL_SSL_CA_FILE.*SOURCE_MYSQL_SSL_MODE/,
    ],
    ['a mode that does not exist', { MYSQL_SSL_MODE: 'on' }, /MYSQL_SSL_MODE: .*verify-identity/],
    [
      'SASL without a password',
      { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'a' },
      /KAFKA_SASL_PASSWORD is not set/,
    ],
  ])('%s', (_name, settings, says) => {
    expect(() => loadConfig(settings)).toThrow(says);
    expect(() => loadConfig(settings)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

test('Temporal gets its variables as they are, and alir config shows no secret', () => {
  const config = loadConfig({
    TEMPORAL_ADDRESS: 'kampus.a1b2c.tmprl.cloud:7233',
    TEMPORAL_API_KEY: 'rahasia-temporal',
    TEMPORAL_TLS_SERVER_NAME: 'kampus',
    KAFKA_SASL_PASSWORD: 'rahasia-kafka',
    MYSQL_PASSWORD: 'rahasia-mysql',
    SOURCE_MYSQL_PASSWORD: 'rahasia-source',
    HTTP_TOKEN: 'rahasia-of-the-http-api',
  });
  expect(config.temporalEnvironment).toMatchObject({
    TEMPORAL_API_KEY: 'rahasia-temporal',
    TEMPORAL_TLS_SERVER_NAME: 'kampus',
  });
  expect(JSON.stringify(describeConfig(config))).not.toContain('rahasia');
});
