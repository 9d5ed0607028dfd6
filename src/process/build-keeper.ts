/** Makes the build of a worker the current one where it is the newest, and says so while it is not. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { readCurrentBuild, setCurrentBuild, unversioned } from '../../temporal/client/builds.ts';
import type { Config } from '../config/load-config.ts';
import { BuildLock, buildsWithWorkers } from '../metadata/build-locks.ts';
import { listBuilds, registerBuilds } from '../metadata/builds.ts';
import type { Database } from '../mysql/connection.ts';
import { messageOf } from '../errors/alir-error.ts';
import type { Logger } from '../observability/logger.ts';

/** The lock of a build must be asked for within the time that its server takes a holder for gone. */
const everyMs = { versioned: 1_000, unversioned: 3_000 };
const sayAgainMs = 300_000;
/** A server that is away for a moment, or does not know a new build yet, is nothing to tell. */
const patienceMs = 10_000;

export interface BuildKeeper {
  readonly config: Config;
  readonly client: Client;
  readonly database: Database;
  readonly logger: Logger;
  /** '' for workers without versions. */
  readonly build: string;
  /** Whether it may make its build the current one. */
  readonly promotes: boolean;
}

/** Starts watching; `stop()` ends it, and the build has one worker less at once. */
export function startBuildKeeper(keeper: BuildKeeper): { stop(): Promise<void> } {
  const { config, build, logger } = keeper;
  const stopping = new AbortController();
  const lock = new BuildLock(config.target, build);
  const news = new News(logger.child({ build }));
  const wait = everyMs[build === unversioned ? 'unversioned' : 'versioned'];
  let failedSince: number | null = null;
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await lock.keep();
        news.tell(await look(keeper));
        failedSince = null;
      } catch (error) {
        failedSince ??= Date.now();
        if (Date.now() - failedSince >= patienceMs)
          news.tell({
            level: 'warn',
            said: `cannot find out which build is the current one: ${messageOf(error)}`,
          });
      }
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await lock.release();
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Word {
  readonly level: 'info' | 'warn' | 'error';
  readonly said: string;
}

/** Tells what is new at once, and what is not well again every five minutes. */
class News {
  readonly #logger: Logger;
  #last = '';
  #toldAt = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(word: Word | null): void {
    const said = word?.said ?? '';
    const isOld = said === this.#last && (word?.level === 'info' || Date.now() - this.#toldAt < sayAgainMs);
    if (isOld) return;
    this.#last = said;
    this.#toldAt = Date.now();
    if (word) this.#logger[word.level](said);
  }
}

/** Looks once, promotes the build if it should, and returns what there is to tell. */
async function look({ config, client, database, build, promotes }: BuildKeeper): Promise<Word | null> {
  const { target, settings } = config;
  const namespace = settings.TEMPORAL_NAMESPACE;
  const current = await readCurrentBuild(client.workflowService, namespace);
  if (build === unversioned) {
    if (current === unversioned) return null;
    return waits(
      `${current} is the current one, and this worker has no build (ALIR_VERSIONING is off)`,
      'unversioned',
    );
  }
  if (current === build) return { level: 'info', said: 'this build is the current one' };
  const isNewer = (than: string): Promise<boolean> => isNewerThan(database, build, than);
  if (await isNewer(current)) {
    if (!promotes) return waits('it was started with --no-promote', build);
    await setCurrentBuild(client, namespace, build, isNewer);
    return null;
  }
  const ask = <Row>(sql: string, values: readonly unknown[]): Promise<Row[]> =>
    database.$queryRawUnsafe<Row[]>(sql, ...values);
  const name =
    current === unversioned
      ? 'the work goes to workers without builds'
      : `${current} is newer, and is the current build`;
  if ((await buildsWithWorkers(ask, target.database, [current])).size > 0) return waits(name, build);
  const why = `${name}, but none of its workers runs: nothing is applied`;
  return { ...waits(why, build), level: 'error' };
}

async function isNewerThan(database: Database, build: string, than: string): Promise<boolean> {
  const numbersOf = async (): Promise<ReadonlyMap<string, number>> =>
    new Map((await listBuilds(database)).map(({ id, number }) => [id, number]));
  let numbers = await numbersOf();
  // One that became the current one before Alir numbered builds is older than one that is seen for the first time.
  const unknown = [than, build].filter((id) => id !== unversioned && !numbers.has(id));
  if (unknown.length > 0) {
    await registerBuilds(database, unknown);
    numbers = await numbersOf();
  }
  return (numbers.get(build) ?? 0) > (numbers.get(than) ?? 0);
}

function waits(why: string, build: string): Word {
  return {
    level: 'warn',
    said: `this build gets no work: ${why}. To give it the work anyway: alir build promote ${build}`,
  };
}
