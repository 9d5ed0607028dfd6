import {
  verifyWorkflowId,
  type ScheduledVerifyInput,
  type VerifyTableInput,
  type VerifyTableResult,
} from '../../temporal/contract.ts';
import type { Scenario } from './history-scenarios.ts';

function verifyRun(id: string, repair: boolean): Scenario['run'] {
  const input: VerifyTableInput = {
    id,
    database: 'app_producer',
    table: 'orders',
    settleMs: 0,
    repair,
    allowDeletes: false,
  };
  return { workflowId: verifyWorkflowId(input), args: [input] };
}

/** Without an id, which the run makes itself. */
function scheduledRun(): Scenario['run'] {
  const { database, table } = { database: 'app_producer', table: 'orders' };
  const input: ScheduledVerifyInput = { database, table, settleMs: 0, repair: false, allowDeletes: false };
  const workflowId = verifyWorkflowId({ ...input, id: 'scheduled-2026-11-25T02:30:00Z' });
  return { workflowId, args: [input] };
}

const equalTable: VerifyTableResult = {
  state: 'equal',
  rows: 500,
  missing: 0,
  surplus: 0,
  different: 0,
  reason: null,
};
const differentTable: VerifyTableResult = { ...equalTable, state: 'different', missing: 3 };

/** Each call gives the next result. */
function inTurn(...results: readonly VerifyTableResult[]): () => Promise<VerifyTableResult> {
  const left = [...results];
  return () => Promise.resolve(left.shift() ?? equalTable);
}

const beginComparison = () => Promise.resolve();

/** Paths of `verifyTable`. */
export const verifyScenarios: readonly Scenario[] = [
  {
    workflow: 'verifyTable',
    name: 'equal-in-two-parts',
    run: verifyRun('equal', false),
    activities: () => ({
      beginComparison,
      compareRows: inTurn({ ...equalTable, state: 'running' }, equalTable),
    }),
  },
  {
    workflow: 'verifyTable',
    name: 'started-by-a-schedule',
    run: scheduledRun(),
    activities: () => ({ beginComparison, compareRows: inTurn(equalTable) }),
  },
  {
    workflow: 'verifyTable',
    name: 'repaired-by-keys',
    run: verifyRun('keys', true),
    activities: () => ({
      beginComparison,
      compareRows: inTurn(differentTable),
      startRepair: () => Promise.resolve({ kind: 'keys' as const }),
      compareKeys: inTurn(equalTable),
    }),
  },
  {
    workflow: 'verifyTable',
    name: 'repaired-by-load',
    run: verifyRun('load', true),
    activities: () => {
      let looks = 0;
      return {
        beginComparison,
        compareRows: inTurn(differentTable, equalTable),
        startRepair: () => Promise.resolve({ kind: 'load' as const, load: 2_000 }),
        loadRows: () => Promise.resolve({ rows: 500, chunks: 1 }),
        isLoaded: () => Promise.resolve((looks += 1) > 1),
      };
    },
  },
  {
    workflow: 'verifyTable',
    name: 'repair-refused',
    run: verifyRun('refused', true),
    activities: () => ({
      beginComparison,
      compareRows: inTurn(differentTable),
      startRepair: () => Promise.resolve({ kind: 'none' as const, reason: 'Too many rows would go.' }),
    }),
  },
];
