/**
 * Random work on a real source while Maxwell and Alir replicate it, then a comparison by SQL:
 * npm run test:cdc [-- --minutes N] [--seed N] [--steps N].
 *
 * The seed alone repeats the work. Ends with one JSON line; exit code 1 when source and replica differ.
 */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection } from 'mariadb';
import { loadConfig } from '../../src/config/load-config.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { settingsOfStack } from '../../src/config/running-stack.ts';
import { driverOptions, openDatabase } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import { sumCounts } from '../../src/database/batches.ts';
import { listDeadLetters } from '../../src/database/dead-letters.ts';
import { Brokers } from '../../src/kafka/brokers.ts';
import { NativeStack } from '../../src/stack/native/native-stack.ts';
import { startAlir } from '../support/alir-process.ts';
import { untilCaughtUp } from './caught-up.ts';
import { differences } from './compare.ts';
import { Workload } from './workload.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    steps: { type: 'string' },
    'no-schema-changes': { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? randomInt(1, 1_000_000));
const name = `cdc-${process.pid}`;
const folder = join(projectRoot, '.alir', name);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

say(`Seed ${seed}`);
const stack = await NativeStack.start({ name, folder, ports: 'free' }, ({ service, text }) =>
  say(`${service}: ${text}`),
);
const config = loadConfig(settingsOfStack(stack.description));
await migrate(config.target, () => undefined);
const database = openDatabase(config.target, { poolSize: 3 });
const brokers = new Brokers(config);
try {
  const workload = new Workload(seed, () => createConnection(driverOptions(config.source)), {
    schemaChanges: !values['no-schema-changes'],
  });
  await workload.prepare();
  // Rows that no event will ever bring: Maxwell's messages of them come too, but nothing may depend on it.
  await workload.run(({ steps }) => steps >= 20);
  const alir = await startAlir('run', { ...settingsOfStack(stack.description), ALIR_LOG_LEVEL: 'info' });
  const until = Date.now() + Number(values.minutes) * 60_000;
  const steps = values.steps === undefined ? Infinity : Number(values.steps);
  await workload.run((summary) => summary.steps >= steps || Date.now() > until);
  await workload.close();
  say(`Done: ${JSON.stringify(workload.summary)}`);
  let found: string[];
  try {
    await untilCaughtUp(config, brokers, database);
    const connection = await createConnection({ ...driverOptions(config.target), database: '' });
    found = await differences(connection);
    await connection.end();
  } catch (error) {
    found = [String(error)];
  }
  if (found.length > 0) say(`Differences:\n${found.join('\n')}\n${alir.output.slice(-6000)}`);
  await alir.end();
  const { counts } = await sumCounts(database, 'cdc');
  for (const { code, reason, topic } of await listDeadLetters(database, 'cdc', { limit: 20 }))
    say(`Dead letter of ${topic}: ${code}, ${reason}`);
  process.stdout.write(`${JSON.stringify({ ...workload.summary, counts, equal: found.length === 0 })}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await brokers.close();
  await database.$disconnect();
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}
