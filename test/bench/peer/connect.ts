import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import type { Config } from '../../../src/config/load-config.ts';
import { projectRoot } from '../../../src/config/project-root.ts';
import { fingerprint, obtainOnce, type Tell } from '../../../src/lab/stack/native/obtain/cache.ts';
import { deployFile } from '../../../src/lab/stack/native/obtain/deploy.ts';
import { copyJars, javaProgram, needJava } from '../../../src/lab/stack/native/obtain/java.ts';

/** A worker of Kafka Connect that runs. */
export interface ConnectWorker {
  readonly pid: number;
  /** Its log says why. */
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** Databases whose names begin so are Alir's to write, in every stack. */
export const peerDatabase = 'app_peer';

/** Class path of Kafka Connect with Debezium's JDBC sink, fetched by Maven on first use. */
export async function obtainConnect(tell: Tell): Promise<string> {
  await needJava(tell);
  const pom = join(projectRoot, 'test', 'bench', 'peer', 'pom.xml');
  const folder = await obtainOnce(`connect-4.3.1-${fingerprint(pom)}`, tell, async (part) => {
    tell('fetching Kafka Connect 4.3.1 with Debezium JDBC sink 3.5 (67 MB)');
    await copyJars(pom, part, 'Fetching Kafka Connect', tell);
  });
  return join(folder, '*');
}

/**
 * Starts a worker of Kafka Connect in a process of its own, whose sink upserts the rows of Maxwell's messages.
 *
 * @param folder for its files: properties with the password, offsets, log
 * @param name of the sink; its consumers' group is `connect-NAME`, by Connect's rule
 * @param tables of `app_producer`; each has a table of its name in `app_peer`
 */
export async function startConnect(
  config: Config,
  classPath: string,
  folder: string,
  name: string,
  tables: readonly string[],
): Promise<ConnectWorker> {
  const write = (file: string, settings: Readonly<Record<string, string>>): string => {
    const path = join(folder, file);
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
    return path;
  };
  const port = await getPort({ host: '127.0.0.1' });
  const worker = write('connect-worker.properties', workerSettings(config, folder, port));
  const sink = write('connect-sink.properties', { name, ...sinkSettings(config, tables) });
  const log = join(folder, 'connect.log');
  const logging = `-Dlog4j2.configurationFile=${deployFile('kafka', 'log4j2.properties')}`;
  // The memory that Kafka's own start script gives it.
  const java = ['-Xms256m', '-Xmx2g', '-XX:+UseG1GC', logging, '-cp', classPath];
  const entry = 'org.apache.kafka.connect.cli.ConnectStandalone';
  const child = execa(javaProgram(), [...java, entry, worker, sink], {
    cwd: folder,
    reject: false,
    stdin: 'ignore',
    stdout: { file: log },
    stderr: { file: log },
  });
  return {
    pid: child.pid ?? 0,
    hasEnded: () => child.exitCode !== null,
    async stop() {
      child.kill();
      await child;
    },
  };
}

/** Tuned: many rows for each transaction, and as many from each fetch; the rest are the defaults. */
function workerSettings(config: Config, folder: string, port: number): Record<string, string> {
  return {
    'bootstrap.servers': config.kafka.brokers.join(','),
    listeners: `http://127.0.0.1:${port}`,
    'offset.storage.file.filename': join(folder, 'connect.offsets'),
    'offset.flush.interval.ms': '500', // its end is seen by it
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
    // One schema for all messages instead of one in each: Maxwell's have none.
    'value.converter.schema.content': JSON.stringify(maxwellSchema),
    'consumer.auto.offset.reset': 'earliest',
    'consumer.max.poll.records': '5000',
    'consumer.max.partition.fetch.bytes': '4194304',
    'consumer.fetch.min.bytes': '262144',
    'consumer.fetch.max.wait.ms': '200',
  };
}

function sinkSettings({ target }: Config, tables: readonly string[]): Record<string, string> {
  return {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': String(tables.length),
    topics: tables.map((table) => `producer.app_producer.${table}`).join(','),
    transforms: 'row,table',
    'transforms.row.type': 'org.apache.kafka.connect.transforms.ExtractField$Value',
    'transforms.row.field': 'data',
    'transforms.table.type': 'org.apache.kafka.connect.transforms.RegexRouter',
    'transforms.table.regex': 'producer\\\\.app_producer\\\\.(.*)',
    'transforms.table.replacement': '$1',
    'connection.url':
      `jdbc:mysql://${target.host}:${target.port}/${peerDatabase}` +
      '?rewriteBatchedStatements=true&connectionTimeZone=UTC&useSSL=false&allowPublicKeyRetrieval=true',
    'connection.username': target.user,
    'connection.password': target.password,
    'insert.mode': 'upsert',
    'primary.key.mode': 'record_value',
    'primary.key.fields': 'id',
    'schema.evolution': 'none',
    'batch.size': '5000',
    'use.reduction.buffer': 'true',
  };
}

const optional = (field: string, type: string, more: object = {}) => ({
  field,
  type,
  optional: true,
  ...more,
});
const decimal = { name: 'org.apache.kafka.connect.data.Decimal', version: 1, parameters: { scale: '2' } };

/** What of a message is the row; the columns are those of `createTables`. */
const maxwellSchema = {
  type: 'struct',
  fields: [
    optional('data', 'struct', {
      fields: [
        { field: 'id', type: 'int64', optional: false },
        optional('order_no', 'string'),
        optional('customer_id', 'int32'),
        optional('customer_name', 'string'),
        optional('status', 'string'),
        optional('total', 'bytes', decimal),
        optional('note', 'string'),
        optional('updated_at', 'string'),
      ],
    }),
  ],
};
