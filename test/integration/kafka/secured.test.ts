/** Kafka with TLS and SASL, and MySQL with TLS, by configuration alone; no secret in anything that is printed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { openDatabase } from '../../../src/mysql/connection.ts';
import { classifyMysqlError } from '../../../src/mysql/mysql-error.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { AlirError, messageOf } from '../../../src/errors/alir-error.ts';
import { Brokers } from '../../../src/kafka/brokers.ts';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import { ensureTopic } from '../../../src/kafka/topics.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { readTopic } from '../../support/read-topic.ts';
import { runCli } from '../../support/run-cli.ts';
import { expectSums, expectTableToHold } from '../../support/verify-orders.ts';
import { kafkaUser, startSecuredServers, type SecuredServers } from './secured-servers.ts';

type Settings = Readonly<Record<string, string>>;

let servers: SecuredServers;
let sasl: Settings;
let ssl: Settings;
let mysqlSsl: Settings;
beforeAll(async () => {
  servers = await startSecuredServers();
  sasl = { KAFKA_SASL_USERNAME: kafkaUser, KAFKA_SASL_PASSWORD: servers.kafkaPassword };
  ssl = { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: servers.files.ca };
  mysqlSsl = {
    ...servers.mysql,
    MYSQL_SSL_MODE: 'VERIFY-IDENTITY',
    MYSQL_SSL_CA_FILE: servers.files.ca,
  };
}, 300_000);
afterAll(async () => {
  await servers?.close();
});

/** Publishes with one client, reads with the other. */
async function publishAndRead(settings: Settings, topic: string): Promise<string[]> {
  const config = loadConfig(settings);
  const brokers = new Brokers(config);
  const producer = new TopicProducer(config, brokers, createLogger('silent'));
  try {
    await ensureTopic(brokers, topic, 1);
    await producer.publish(topic, [{ key: null, value: topic }]);
    return (await readTopic(brokers, topic)).map(({ value }) => value?.toString() ?? '');
  } finally {
    await producer.close();
    await brokers.close();
  }
}

async function failureOf(work: Promise<unknown>): Promise<AlirError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error, messageOf(error)).toBeInstanceOf(AlirError);
  return error as AlirError;
}

describe('both Kafka clients pass', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256', 'scram-sha-512'])('SASL_SSL with %s', async (mechanism) => {
    const settings = {
      ...ssl,
      ...sasl,
      KAFKA_BROKERS: servers.listeners.SASL_SSL,
      KAFKA_SASL_MECHANISM: mechanism,
    };
    const topic = `ssl.${mechanism}`;
    expect(await publishAndRead(settings, topic)).toEqual([topic]);
  });

  test('SASL_PLAINTEXT', async () => {
    const settings = {
      ...sasl,
      KAFKA_BROKERS: servers.listeners.SASL_PLAINTEXT,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
    };
    expect(await publishAndRead(settings, 'sasl')).toEqual(['sasl']);
  });

  test('SSL with a certificate of their own', async () => {
    const settings = {
      ...ssl,
      KAFKA_BROKERS: servers.listeners.SSL,
      KAFKA_SSL_CERT_FILE: servers.files.clientCert,
      KAFKA_SSL_KEY_FILE: servers.files.clientKey,
    };
    expect(await publishAndRead(settings, 'mutual')).toEqual(['mutual']);
  });
});

describe('what is refused is told with the setting to correct', () => {
  const cases = [
    {
      name: 'a wrong password',
      settings: () => ({ ...ssl, ...sasl, KAFKA_SASL_PASSWORD: 'rahasia-salah' }),
      code: 'KAFKA_ACCESS_DENIED',
      remedy: /KAFKA_SASL_PASSWORD/,
    },
    {
      name: 'a certificate that nobody vouches for',
      settings: () => ({ ...sasl, KAFKA_SSL: 'true' }),
      code: 'KAFKA_UNAVAILABLE',
      remedy: /KAFKA_SSL_CA_FILE/,
    },
    {
      name: 'no encryption',
      settings: () => ({ ...sasl }),
      code: 'KAFKA_UNAVAILABLE',
      remedy: /KAFKA_BROKERS/,
    },
  ];
  test.each(cases)('$name', async ({ settings, code, remedy }) => {
    const environment = {
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_BROKERS: servers.listeners.SASL_SSL,
      ...settings(),
    };
    const error = await failureOf(publishAndRead(environment, 'refused'));
    expect(error.code, error.message).toBe(code);
    expect(error.remedy).toMatch(remedy);
    expect(error.message).not.toMatch(/rahasia/);
  });
});

describe('MySQL', () => {
  const ask = (settings: Settings) => {
    const target = { ...loadConfig(settings).target, database: '' };
    return withConnection(target, (connection) => connection.query("SHOW STATUS LIKE 'Ssl_cipher'"));
  };

  test.each(['verify-identity', 'verify-ca'])('%s', async (mode) => {
    const [status] = (await ask({ ...mysqlSsl, MYSQL_SSL_MODE: mode })) as { Value: string }[];
    expect(status?.Value).not.toBe('');
  });

  test('a certificate that names another host is refused, unless the name does not count', async () => {
    const byAddress = { ...mysqlSsl, MYSQL_HOST: '127.0.0.1' };
    const failed = await failureOf(ask(byAddress));
    expect(failed.code, failed.message).toBe('MYSQL_UNAVAILABLE');
    expect(failed.remedy).toMatch(/MYSQL_SSL_MODE=verify-ca/);
    await ask({ ...byAddress, MYSQL_SSL_MODE: 'verify-ca' });
  });

  test('a pool says the same as one connection', async () => {
    const settings = { ...servers.mysql, MYSQL_SSL_MODE: 'verify-ca' };
    const database = openDatabase(loadConfig(settings).target, { poolSize: 1, acquireTimeoutMs: 2_000 });
    const thrown: unknown = await database.$queryRawUnsafe('SELECT 1').catch((error: unknown) => error);
    await database.$disconnect();
    const failed = classifyMysqlError(thrown);
    expect(failed.code, failed.message).toBe('MYSQL_UNAVAILABLE');
    expect((failed as AlirError).remedy).toMatch(/MYSQL_SSL_CA_FILE/);
  });

  test('a certificate that nobody vouches for, and no encryption, are refused', async () => {
    const unknown = await failureOf(ask({ ...servers.mysql, MYSQL_SSL_MODE: 'verify-ca' }));
    expect(unknown.code, unknown.message).toBe('MYSQL_UNAVAILABLE');
    expect(unknown.remedy).toMatch(/MYSQL_SSL_CA_FILE/);
    const open = await failureOf(ask(servers.mysql));
    expect(open.message).toMatch(/secure transport|require_secure_transport/i);
    expect(open.remedy).toMatch(/MYSQL_SSL_MODE/);
  });
});

test('alir run on servers that are secured: every order arrives, and no secret is in its log', async () => {
  const place = await ordersPlace(laneStack(), {
    ...ssl,
    ...sasl,
    ...mysqlSsl,
    KAFKA_BROKERS: servers.listeners.SASL_SSL,
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    ALIR_LOG_LEVEL: 'trace',
  });
  const alir = await startAlir('run', place.environment);
  const sent = await place.send({ count: 2_000, badShare: 0.01, repeatShare: 0.1, seed: 443 });
  await place.processed();
  expect(await alir.end()).toBe(0);
  await expectTableToHold(place.database, sent);
  await expectSums(place.database, sent);
  expectNoSecret(alir.output);
});

test('refused logins are told without the password, by the command line as well', async () => {
  const wrong = { KAFKA_SASL_PASSWORD: 'rahasia-kafka', MYSQL_PASSWORD: 'rahasia-mysql' };
  const environment = {
    ...ssl,
    ...sasl,
    ...mysqlSsl,
    KAFKA_BROKERS: servers.listeners.SASL_SSL,
    KAFKA_SASL_MECHANISM: 'PLAIN',
    ALIR_LOG_LEVEL: 'trace',
  };
  const results = await Promise.all([
    runCli(['produce', '--count', '1'], { environment: { ...environment, ...wrong } }),
    runCli(['migrate'], { environment: { ...environment, ...wrong } }),
    runCli(['doctor', '--json'], { environment: { ...environment, ...wrong } }),
    runCli(['config', '--json'], { environment }),
  ]);
  for (const { stdout, stderr } of results) expectNoSecret(stdout + stderr);
  expect(results[0].stderr).toMatch(/^KAFKA_ACCESS_DENIED: /);
  expect(results[1].stderr).toMatch(/^MYSQL_ACCESS_DENIED: /);
});

function expectNoSecret(printed: string): void {
  const secrets = [servers.kafkaPassword, servers.mysql.MYSQL_PASSWORD];
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  for (const form of forms) expect(printed.includes(form)).toBe(false);
  expect(printed).not.toMatch(/rahasia/);
  expect(printed).not.toMatch(/PRIVATE KEY/);
}
