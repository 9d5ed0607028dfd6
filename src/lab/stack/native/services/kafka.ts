import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// Through src/kafka: loaded directly, kafkajs would stay without the parts that are replaced there.
import { kafkajs, type Admin } from '../../../../kafka/wire/kafkajs.ts';
import { javaProgram } from '../obtain/java.ts';
import { obtainKafka } from '../obtain/kafka.ts';
import { deployFile, readDeployFile, withSettings } from '../obtain/deploy.ts';
import { runTool } from '../run-tool.ts';
import type { Service, ServiceContext } from './service.ts';

/** Topics that exist before the first message; those of Maxwell come with their tables. */
const topics = [
  { topic: 'raw_orders', numPartitions: 3 },
  { topic: 'enriched_orders', numPartitions: 3 },
  { topic: 'raw_orders.dlq', numPartitions: 1 },
];

/** A real broker in KRaft mode: its own controller, no ZooKeeper. */
export const kafka: Service = {
  name: 'kafka',
  startsAfter: [],
  needs: [],
  readySeconds: 120,
  graceSeconds: 30,
  address: (ports) => `127.0.0.1:${ports.kafka}`,

  async prepare({ files, ports, secrets }, tell) {
    const classPath = await obtainKafka(tell);
    const folder = files.data('kafka');
    const data = join(folder, 'data');
    const properties = join(folder, 'server.properties');
    mkdirSync(folder, { recursive: true });
    const listener = `PLAINTEXT://127.0.0.1:${ports.kafka}`;
    const controller = `127.0.0.1:${ports.kafkaController}`;
    writeFileSync(
      properties,
      withSettings(readDeployFile('kafka', 'server.properties'), {
        listeners: `${listener},CONTROLLER://${controller}`,
        'advertised.listeners': listener,
        'controller.quorum.voters': `1@${controller}`,
        'log.dirs': data,
      }),
    );
    if (!existsSync(join(data, 'meta.properties'))) {
      tell('formatting the log folder');
      const tool = ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '--ignore-formatted'];
      await runTool(
        javaProgram(),
        ['-Xshare:auto', '-XX:TieredStopAtLevel=1', ...tool, '-t', secrets.clusterId, '-c', properties],
        "Formatting Kafka's log folder",
        { code: 'SERVER_FAILED' },
      );
    }
    return {
      program: javaProgram(),
      args: [
        '-Xms128m',
        '-Xmx512m',
        '-XX:+UseG1GC',
        '-XX:MaxGCPauseMillis=20',
        '-Djava.awt.headless=true',
        `-Dlog4j2.configurationFile=${deployFile('kafka', 'log4j2.properties')}`,
        '-cp',
        classPath,
        'kafka.Kafka',
        properties,
      ],
      cwd: folder,
    };
  },

  async probe(context) {
    await withAdmin(context, async (admin) => {
      const { controller } = await admin.describeCluster();
      if (controller === null) throw new Error('the broker has no controller yet');
    });
  },

  async furnish(context) {
    await withAdmin(context, async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter(({ topic }) => !existing.has(topic));
      if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true });
    });
  },
};

async function withAdmin({ ports }: ServiceContext, use: (admin: Admin) => Promise<void>): Promise<void> {
  const client = new kafkajs.Kafka({
    clientId: 'alir-stack',
    brokers: [`127.0.0.1:${ports.kafka}`],
    logLevel: kafkajs.logLevel.NOTHING, // refused connections are what waiting looks like
    connectionTimeout: 2000,
    retry: { retries: 0 },
  });
  const admin = client.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await use(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
