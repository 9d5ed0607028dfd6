/** What runs in the thread of the backfills; Piscina calls its functions by name. */
import { parentPort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { connectBackfillWork, type BackfillWork } from '../../../temporal/activities/backfill-work.ts';
import type { Config } from '../../config/load-config.ts';
import { openDatabase } from '../../mysql/connection.ts';
import { ReplicaUpdater } from '../../replica/replica-updater.ts';
import { SourceSchemas } from '../../replica/source-schemas.ts';
import { BatchCache } from '../../kafka/batch-cache.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { TopicProducer } from '../../kafka/producer.ts';
import { createLogger } from '../../observability/logger.ts';
import type { ObservedBatch } from '../../observability/metrics.ts';
import { replicaContext } from '../replica-context.ts';
import { answer, type Answer, type Call } from './answers.ts';

/** One for each of the activities that are at work at once, and one for what they look up meanwhile. */
const poolSize = 4;

const work = connect(workerData as Config);

function connect(config: Config): BackfillWork {
  const brokers = new Brokers(config);
  const database = openDatabase(config.target, { poolSize });
  const place = replicaContext(config, brokers, database);
  const updater = new ReplicaUpdater(place);
  return connectBackfillWork({
    ...place,
    brokers,
    updater,
    tables: new SourceSchemas(place, updater),
    producer: new TopicProducer(config, brokers, createLogger(config.settings.ALIR_LOG_LEVEL)),
    // Nobody fetches for it, and a page is computed and applied in one go.
    records: new BatchCache(0),
    outcomes: new BatchCache(0),
    metrics: { observe: (batch: ObservedBatch) => parentPort?.postMessage(batch) },
  });
}

type Work<Name extends keyof BackfillWork> = Parameters<BackfillWork[Name]>[0];
type Done<Name extends keyof BackfillWork> = Promise<Answer<Awaited<ReturnType<BackfillWork[Name]>>>>;

export const replayPage = (call: Call<Work<'replayPage'>>): Done<'replayPage'> =>
  answer(call, work.replayPage);

export const redrivePage = (call: Call<Work<'redrivePage'>>): Done<'redrivePage'> =>
  answer(call, work.redrivePage);

export const backfillSlice = (call: Call<Work<'backfillSlice'>>): Done<'backfillSlice'> =>
  answer(call, work.backfillSlice);

export const loadRows = (call: Call<Work<'loadRows'>>): Done<'loadRows'> => answer(call, work.loadRows);

export const refetchRows = (call: Call<Work<'refetchRows'>>): Done<'refetchRows'> =>
  answer(call, work.refetchRows);
