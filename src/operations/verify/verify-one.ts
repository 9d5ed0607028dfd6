import { WorkflowFailedError } from '@temporalio/client';
import { toTemporalError } from '../../../temporal/client/connection.ts';
import {
  searchAttributeKeys,
  taskQueues,
  verifyWorkflowId,
  type ScheduledVerifyInput,
  type VerifyTableInput,
} from '../../../temporal/contract.ts';
import type { verifyTable } from '../../../temporal/workflows/verify-table.ts';
import { valuesOf } from '../../verify/compared-table.ts';
import { withBothTables } from '../../verify/open-tables.ts';
import { findVerification } from '../../metadata/verifications.ts';
import { cdc } from '../../pipelines/cdc/cdc.ts';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import type { CommandContext } from '../command-context.ts';

/** What is said of one table. */
export interface TableReport {
  readonly table: string;
  readonly rows: number;
  readonly missing: number;
  readonly surplus: number;
  readonly different: number;
  /** Column to the number of rows in which it differs. */
  readonly columns: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly keys: readonly (readonly string[])[];
  /** Only with --show-values. */
  readonly values?: readonly DifferingRow[];
  readonly problem?: string;
  readonly repair?: string;
}

export interface DifferingRow {
  readonly key: readonly string[];
  /** Column to its texts in source and replica, where they differ; null for NULL. A row that is absent: all of them. */
  readonly columns: Readonly<Record<string, readonly [source: string | null, replica: string | null]>>;
}

const shownKeys = 20;

/**
 * Has a table verified by a worker, and waits for what comes out.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE, CHECK_FAILED when it was cancelled or cannot go on
 */
export async function verifyOne(
  place: CommandContext,
  input: VerifyTableInput,
  showValues: boolean,
): Promise<TableReport> {
  const client = await place.temporal();
  const { state, reason } = await client.workflow
    .execute<typeof verifyTable>('verifyTable', {
      args: [input],
      workflowId: verifyWorkflowId(input),
      ...startOptions(input),
    })
    .catch((error: unknown) => {
      throw error instanceof WorkflowFailedError
        ? failureOf(input, error)
        : toTemporalError(place.config, error);
    });
  const verification = await findVerification(place.database, input);
  const findings = verification?.findings;
  const keys = (findings?.keys ?? []).slice(0, shownKeys);
  const inFlight =
    state === 'different' && findings?.isSettled === false
      ? 'The replica had not caught up: rows in flight may count as different.'
      : null;
  const problem = reason ?? inFlight;
  const repair = verification?.repair ?? null;
  return {
    table: input.table,
    rows: verification?.rows ?? 0,
    missing: findings?.missing ?? 0,
    surplus: findings?.surplus ?? 0,
    different: findings?.different ?? 0,
    columns: findings?.columns ?? {},
    keys: keys.map((key) => JSON.parse(key) as string[]),
    ...(showValues && keys.length > 0 ? { values: await differingValues(place, input, keys) } : {}),
    ...(problem === null ? {} : { problem }),
    ...(repair === null ? {} : { repair }),
  };
}

/** With what every `verifyTable` is started. */
export function startOptions({ database, table, repair }: ScheduledVerifyInput) {
  return {
    taskQueue: taskQueues.live,
    staticSummary: `verify ${database}.${table}${repair ? ', with repair' : ''}`,
    typedSearchAttributes: [{ key: searchAttributeKeys.Pipeline, value: cdc.name }],
  };
}

export function isEqual({ missing, surplus, different, problem }: TableReport): boolean {
  return missing + surplus + different === 0 && problem === undefined;
}

/** The sentence of what failed inside. */
function failureOf({ database, table }: VerifyTableInput, error: WorkflowFailedError): AlirError {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause !== undefined) ({ cause } = cause);
  return new AlirError('CHECK_FAILED', `Verifying ${database}.${table} failed: ${messageOf(cause)}`, {
    remedy: 'Fix the problem that it names, then verify again.',
  });
}

/** Read now and shown, kept nowhere. */
async function differingValues(
  { config }: CommandContext,
  input: VerifyTableInput,
  keys: readonly string[],
): Promise<readonly DifferingRow[]> {
  const servers = { ...config, replicaDatabase: config.settings.MYSQL_REPLICA_DATABASE };
  const rows = await withBothTables(servers, input, async (source, replica) => {
    const ours = await valuesOf(source, keys, 'texts');
    const theirs = await valuesOf(replica, keys, 'texts');
    return keys.map((key) => {
      const pairs = source.schema.columns.map(
        ({ name }, index) =>
          [name, [ours.get(key)?.[index] ?? null, theirs.get(key)?.[index] ?? null] as const] as const,
      );
      const differing = pairs.filter(([, [left, right]]) => left !== right);
      return { key: JSON.parse(key) as string[], columns: Object.fromEntries(differing) };
    });
  });
  return typeof rows === 'string' ? [] : rows;
}
