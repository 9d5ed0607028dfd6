import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alterUserScramCredentialsV0 } from '@platformatic/kafka';
import { createConnection } from 'mariadb';
import { loadConfig } from '../../../src/config/load-config.ts';
import { driverOptions } from '../../../src/mysql/connection.ts';
import { Brokers } from '../../../src/kafka/brokers.ts';
import { ManagedService } from '../../../src/lab/stack/native/managed-service.ts';
import { assignPorts, type StackPorts } from '../../../src/lab/stack/native/ports.ts';
import { runTool } from '../../../src/lab/stack/native/run-tool.ts';
import { stackSecrets } from '../../../src/lab/stack/native/secrets.ts';
import { kafka } from '../../../src/lab/stack/native/services/kafka.ts';
import { mysql } from '../../../src/lab/stack/native/services/mysql.ts';
import type { Service } from '../../../src/lab/stack/native/services/service.ts';
import { StackFiles } from '../../../src/lab/stack/native/stack-files.ts';
import { Watchdog } from '../../../src/lab/stack/native/watchdog.ts';

export const kafkaUser = 'alir-user';

/** A broker and a MySQL server that let nobody in without encryption and credentials. */
export interface SecuredServers {
  /** host:port of each listener of the broker. */
  readonly listeners: Readonly<Record<'SASL_SSL' | 'SSL' | 'SASL_PLAINTEXT', string>>;
  /** PEM files: what vouches for the servers, and what a client shows to the listener SSL. */
  readonly files: Readonly<Record<'ca' | 'clientCert' | 'clientKey', string>>;
  readonly kafkaPassword: string;
  /** Names Alir the MySQL server; without encryption. */
  readonly mysql: Readonly<Record<'MYSQL_HOST' | 'MYSQL_PORT' | 'MYSQL_USER' | 'MYSQL_PASSWORD', string>>;
  close(): Promise<void>;
}

export async function startSecuredServers(): Promise<SecuredServers> {
  const folder = mkdtempSync(join(tmpdir(), 'alir-secured-'));
  const files = new StackFiles('secured', folder);
  files.makeFolders();
  const ports = await assignPorts('secured', { kafka: 0, mysql: 0, temporal: 0, ui: 0 }, {});
  const secrets = stackSecrets(files);
  const kafkaPassword = `rahasia-${randomBytes(12).toString('hex')}`;
  const server = await makeCertificate(folder, 'server', 'subjectAltName=DNS:localhost');
  const client = await makeCertificate(folder, 'client', 'subjectAltName=DNS:client');
  const watchdog = new Watchdog();
  const services = [
    securedKafka(folder, kafkaPassword, server.cert, client.cert),
    securedMysql(server.cert, server.key),
  ].map(
    (service) =>
      new ManagedService({
        service,
        context: { files, ports, secrets },
        watchdog,
        report: ({ service: name, text }) => process.stderr.write(`secured ${name}: ${text}\n`),
        changed: () => undefined,
      }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
    watchdog.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(services.map((service) => service.start()));
    await addScramUser(`127.0.0.1:${ports.kafka}`, kafkaPassword);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    listeners: listenersOf(ports),
    files: { ca: server.cert, clientCert: client.cert, clientKey: client.key },
    kafkaPassword,
    mysql: {
      MYSQL_HOST: 'localhost',
      MYSQL_PORT: String(ports.mysql),
      MYSQL_USER: 'alir',
      MYSQL_PASSWORD: secrets.alir,
    },
    close,
  };
}

/** The ports of the servers that are not started here are free for the listeners. */
function listenersOf({ temporal, ui, temporalHttp }: StackPorts): SecuredServers['listeners'] {
  return {
    SASL_SSL: `localhost:${temporal}`,
    SSL: `localhost:${ui}`,
    SASL_PLAINTEXT: `localhost:${temporalHttp}`,
  };
}

/** A certificate that vouches for itself, and its key in one more file. */
async function makeCertificate(
  folder: string,
  name: string,
  extension: string,
): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`];
  const args = [...request, '-addext', extension, '-keyout', key, '-out', cert];
  await runTool('openssl', args, 'Making a certificate', { code: 'SERVER_FAILED' });
  return { cert, key };
}

/** The stack's broker with three more listeners; its own stays for the stack's own probe. */
function securedKafka(folder: string, password: string, cert: string, clientCert: string): Service {
  return {
    ...kafka,
    async prepare(context, tell) {
      const command = await kafka.prepare(context, tell);
      const keyStore = join(folder, 'server.pem');
      writeFileSync(keyStore, readFileSync(join(folder, 'server.key'), 'utf8') + readFileSync(cert, 'utf8'));
      const own = `PLAINTEXT://127.0.0.1:${context.ports.kafka}`;
      const secured = Object.entries(listenersOf(context.ports)).map(([name, at]) => `${name}://${at}`);
      const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
      const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${kafkaUser}="${password}";`;
      const settings = {
        listeners: [own, ...secured, `CONTROLLER://127.0.0.1:${context.ports.kafkaController}`].join(','),
        'advertised.listeners': [own, ...secured].join(','),
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': plain,
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
        'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scram,
        'listener.name.sasl_plaintext.plain.sasl.jaas.config': plain,
        'listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config': scram,
        'listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config': scram,
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': keyStore,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': clientCert,
        'listener.name.ssl.ssl.client.auth': 'required',
      };
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      appendFileSync(join(command.cwd, 'server.properties'), `${lines.join('\n')}\n`); // the last value counts
      return command;
    },
  };
}

function securedMysql(cert: string, key: string): Service {
  const options = [
    `--ssl-ca=${cert}`,
    `--ssl-cert=${cert}`,
    `--ssl-key=${key}`,
    '--require-secure-transport=ON',
  ];
  return {
    ...mysql,
    async prepare(context, tell) {
      const command = await mysql.prepare(context, tell);
      return { ...command, args: [...command.args, ...options] };
    },
    async probe({ ports, secrets }) {
      const tls = { ca: readFileSync(cert, 'utf8'), verifyName: false };
      const address = { host: '127.0.0.1', port: ports.mysql, user: 'alir', password: secrets.alir };
      const connection = await createConnection(driverOptions({ ...address, database: '', tls }));
      await connection.end();
    },
  };
}

/** A user of both SCRAM mechanisms, whose names the protocol numbers from 1. */
async function addScramUser(broker: string, password: string): Promise<void> {
  const brokers = new Brokers(loadConfig({ KAFKA_BROKERS: broker }));
  const iterations = 4096;
  const upsertions = [
    { mechanism: 1, digest: 'sha256', length: 32 },
    { mechanism: 2, digest: 'sha512', length: 64 },
  ].map(({ mechanism, digest, length }) => {
    const salt = randomBytes(24);
    const saltedPassword = pbkdf2Sync(password, salt, iterations, length, digest);
    return { name: kafkaUser, mechanism, iterations, salt, saltedPassword };
  });
  try {
    // A request may name a user once.
    for (const upsertion of upsertions) {
      await brokers.call('Adding a user', (connection) =>
        alterUserScramCredentialsV0.api.async(connection, [], [upsertion]),
      );
    }
  } finally {
    await brokers.close();
  }
}
