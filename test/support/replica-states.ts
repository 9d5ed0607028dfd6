import { expect, vi } from 'vitest';
import { listTableStates, type TableState } from '../../src/metadata/table-states.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import type { CdcPlace } from './cdc-place.ts';

const withinMs = 120_000;

/** What tests of a replica wait for. */
export interface ReplicaStates {
  stateOf(table: string): Promise<TableState | undefined>;
  /** Waits until the tables whose names begin so are the same in source and replica. */
  untilEqual(prefix: string): Promise<void>;
  untilState(state: TableState['state'], ...tables: readonly string[]): Promise<void>;
  /** Makes tables with their rows, and waits until their replicas are equal and at rest. */
  replicated(prefix: string, tables: readonly string[], ...statements: readonly string[]): Promise<void>;
  /** Runs statements in the source as its administrator. */
  asRoot(...statements: readonly string[]): Promise<void>;
}

export function replicaStates(place: CdcPlace): ReplicaStates {
  const states: ReplicaStates = {
    stateOf: async (table) => (await listTableStates(place.database)).find((state) => state.table === table),
    untilEqual: (prefix) =>
      vi.waitFor(async () => expect(await place.differences(prefix)).toEqual([]), {
        timeout: withinMs,
        interval: 500,
      }),
    untilState: (state, ...tables) =>
      vi.waitFor(
        async () => {
          for (const table of tables) expect((await states.stateOf(table))?.state).toBe(state);
        },
        { timeout: withinMs, interval: 300 },
      ),
    async replicated(prefix, tables, ...statements) {
      await place.inSource(...statements);
      await states.untilState('ready', ...tables);
      await place.caughtUp(withinMs);
      await states.untilEqual(prefix);
    },
    asRoot: (...statements) =>
      withConnection(
        { ...place.config.source, user: 'root', password: place.stack.secrets.root },
        async (connection) => {
          for (const statement of statements) await connection.query(statement);
        },
      ),
  };
  return states;
}
