import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { execa } from 'execa';
import type { TableReport } from '../../src/operations/verify/verify-one.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import { backfillWorkflowId } from '../../temporal/contract.ts';
import { fromBuild } from '../support/alir-process.ts';
import { plainEnvironment } from '../support/run-cli.ts';

export interface BackfillFigures {
  readonly rows: number;
  /** From the start of the workflow to its end. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  readonly eventsPerThousand: number;
  readonly counts: BatchCounts;
}

export interface VerifyAnswer {
  readonly equal: boolean;
  readonly tables: readonly TableReport[];
  readonly seconds: number;
}

/** Commands of Alir as people type them, each a process of its own. */
export class Commands {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #client: Client;

  constructor(environment: Readonly<Record<string, string>>, client: Client) {
    this.#environment = plainEnvironment(environment);
    this.#client = client;
  }

  /** `alir backfill run --wait`; the times are those of the workflow. */
  async backfill(...args: string[]): Promise<BackfillFigures> {
    const ended = (await this.#run([
      'backfill',
      'run',
      '--pipeline',
      'cdc',
      '--wait',
      '--json',
      ...args,
    ])) as {
      id: string;
      state: string;
      counts: BatchCounts;
    };
    if (ended.state !== 'completed') throw new Error(`the backfill is ${ended.state}`);
    const { seconds, events } = await this.#timesOf(backfillWorkflowId(ended.id));
    const { rows } = ended.counts;
    return {
      rows,
      seconds: Number(seconds.toFixed(1)),
      rowsPerSecond: Math.round(rows / seconds),
      eventsPerThousand: Number(((1000 * events) / rows).toFixed(2)),
      counts: ended.counts,
    };
  }

  /** `alir verify` of tables; what differs is an answer, not an error. */
  async verify(tables: readonly string[], ...args: string[]): Promise<VerifyAnswer> {
    const began = performance.now();
    const named = tables.flatMap((table) => ['--table', table]);
    const answer = (await this.#run(['verify', '--json', ...named, ...args])) as Omit<
      VerifyAnswer,
      'seconds'
    >;
    return { ...answer, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) };
  }

  async #run(args: readonly string[]): Promise<unknown> {
    const { stdout, stderr } = await execa(process.execPath, [...fromBuild, ...args], {
      cwd: projectRoot,
      env: this.#environment,
      extendEnv: false,
      reject: false,
    });
    const line = stdout.trimEnd().split('\n').at(-1) ?? '';
    if (!line.startsWith('{')) throw new Error(`alir ${args.join(' ')}: ${stderr.slice(-2000)}`);
    return JSON.parse(line);
  }

  /** All runs of a workflow together, once the list knows that they have ended. */
  async #timesOf(workflowId: string): Promise<{ seconds: number; events: number }> {
    for (;;) {
      let [began, ended, events, open] = [Infinity, 0, 0, 0];
      for await (const run of this.#client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
        began = Math.min(began, run.startTime.getTime());
        ended = Math.max(ended, run.closeTime?.getTime() ?? 0);
        events += run.historyLength;
        if (run.closeTime === undefined) open += 1;
      }
      if (open === 0 && ended > 0) return { seconds: (ended - began) / 1000, events };
      await delay(200);
    }
  }
}
