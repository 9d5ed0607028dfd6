import type { Database } from '../../mysql/connection.ts';
import { countOpenLetters } from '../../metadata/dead-letters/read-letters.ts';
import { listTableStates } from '../../metadata/table-states.ts';
import { latestVerifications } from '../../metadata/latest-verifications.ts';
import type { SampledGauges } from '../../observability/sampled-gauges.ts';

const gauges = {
  alir_dead_letters_open: {
    help: 'Dead letters that are not closed, by the code of the error',
    labels: ['pipeline', 'code'],
  },
  alir_replica_table_state: {
    help: '1 for each table of the replica, with its state: loading, ready, paused, refused or dropped',
    labels: ['database', 'table', 'state'],
  },
  alir_verification_differing_rows: {
    help: 'Rows that the last finished comparison of a table found missing, surplus or different',
    labels: ['database', 'table'],
  },
  alir_verification_finished_timestamp_seconds: {
    help: 'When the last comparison of a table was finished, seconds since 1970',
    labels: ['database', 'table'],
  },
};

/** What the tables of the bookkeeping say. */
export function bookkeepingGauges(database: Database): SampledGauges<keyof typeof gauges> {
  return {
    reading: 'bookkeeping',
    everyMs: 30_000,
    ahead: true, // it grows with the tables and with what is open
    gauges,
    async read() {
      const [letters, states, verifications] = await Promise.all([
        countOpenLetters(database),
        listTableStates(database),
        latestVerifications(database),
      ]);
      return {
        alir_dead_letters_open: letters.map(({ pipeline, code, count }) => ({
          labels: { pipeline, code },
          value: count,
        })),
        alir_replica_table_state: states.map(({ database: name, table, state }) => ({
          labels: { database: name, table, state },
          value: 1,
        })),
        alir_verification_differing_rows: verifications.map(({ differing, ...labels }) => ({
          labels: { database: labels.database, table: labels.table },
          value: differing,
        })),
        alir_verification_finished_timestamp_seconds: verifications.map(({ finishedAt, ...labels }) => ({
          labels: { database: labels.database, table: labels.table },
          value: finishedAt.getTime() / 1000,
        })),
      };
    },
  };
}
