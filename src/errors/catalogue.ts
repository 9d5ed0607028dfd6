/**
 * The closed list of everything that can go wrong, with a stable code for each.
 *
 * `docs/guide/errors.md` lists the same codes; a convention test compares the two.
 */

/** Whose move it is: the sender of the data, the operator, an outage that ends by itself, or Alir's developers. */
export type Fault = 'data' | 'operator' | 'outage' | 'alir';

/** Exit codes of the command line: 1 failed, 2 wrong usage, 3 environment not ready. */
export type ExitCode = 1 | 2 | 3;

export interface ErrorEntry {
  readonly fault: Fault;
  /** Whether the same attempt may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  readonly exit: ExitCode;
  /** What to do next, one sentence. */
  readonly remedy: string;
}

const poison = (remedy: string): ErrorEntry => ({ fault: 'data', retryable: false, exit: 1, remedy });
const outage = (remedy: string): ErrorEntry => ({ fault: 'outage', retryable: true, exit: 3, remedy });
const operator = (exit: ExitCode, remedy: string): ErrorEntry => ({
  fault: 'operator',
  retryable: false,
  exit,
  remedy,
});

export const catalogue = {
  // Poison: one record is bad. Never retried, never blocks; the record goes to the dead letters.
  RECORD_EMPTY: poison('Send the order as a JSON object; an empty value carries nothing to load.'),
  RECORD_NOT_UTF8: poison('Encode the message as UTF-8.'),
  RECORD_NOT_JSON: poison('Send valid JSON; the reason names the place where it breaks.'),
  RECORD_NOT_OBJECT: poison('Send one JSON object per message, not a list, a text or a number.'),
  RECORD_DUPLICATE_KEY: poison('Send every key once; which of the two values counts is undefined in JSON.'),
  RECORD_INVALID: poison('Correct the fields that the reason names and send the record again.'),
  ORDER_INVALID: poison('Correct the fields that the reason names and send the order again.'),
  ORDER_FROM_FUTURE: poison(
    'Correct the time that the reason names, at the sender: updated_at may be at most 24 h later than the record.',
  ),
  MESSAGE_TOO_LARGE: poison(
    'Split the order: its enriched message would be larger than the topic accepts (1 MB).',
  ),
  ENVELOPE_INVALID: poison(
    'Let only Maxwell write to this topic, with the settings of deploy/maxwell/config.properties.',
  ),
  ROW_REJECTED: poison('The table refused the row: correct the column that the reason names.'),

  // Outages: always retried, never a dead letter.
  KAFKA_UNAVAILABLE: outage('Start Kafka (alir stack status shows it) or correct KAFKA_BROKERS.'),
  MYSQL_UNAVAILABLE: outage('Start MySQL (alir stack status shows it) or correct MYSQL_HOST and MYSQL_PORT.'),
  MYSQL_CONFLICT: outage('Do nothing: another transaction held the rows, and Alir tries the batch again.'),
  TEMPORAL_UNAVAILABLE: outage('Start Temporal (alir stack status shows it) or correct TEMPORAL_ADDRESS.'),

  // The environment or the operator.
  MYSQL_ACCESS_DENIED: {
    ...outage('Correct MYSQL_USER and MYSQL_PASSWORD, or grant the privilege.'),
    fault: 'operator',
  },
  KAFKA_ACCESS_DENIED: {
    ...outage('Correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, or the ACLs.'),
    fault: 'operator',
  },
  TABLE_PAUSED: {
    ...outage('Fix the reason shown; replication resumes automatically within half a minute.'),
    fault: 'operator',
  },
  SCHEMA_NOT_MIGRATED: { ...outage('Run: alir migrate'), fault: 'operator' },
  MIGRATION_CHANGED: operator(
    1,
    'Restore the migration file as it was applied; write a new migration for the change.',
  ),
  MIGRATION_MISSING: operator(
    1,
    'A newer Alir has migrated the database: use that version (ALIR_TAG in .env), or restore the folder of the migration.',
  ),
  MIGRATION_FAILED: operator(1, 'Correct what the message names, then run alir migrate again.'),
  TOPIC_MISSING: operator(3, 'Create the topic, or send a first message to it.'),
  TOPIC_RECREATED: operator(1, 'Do nothing: the consumer starts a new epoch of the topic by itself.'),
  RANGE_GONE: operator(1, 'The range is no longer in Kafka: read the rows again from the source.'),
  BACKFILL_OVERLAPS: operator(
    1,
    'Wait until the other backfill has ended, or cancel it: alir backfill cancel ID',
  ),
  BACKFILL_MISSING: operator(1, 'See alir backfill list.'),
  BACKFILL_ENDED: operator(1, 'Run a new one: alir backfill run …'),
  REDRIVE_MISSING: operator(1, 'See alir dead-letters redrives.'),
  REDRIVE_ENDED: operator(1, 'Start a new one: alir dead-letters redrive …'),
  BACKFILL_DELETES: operator(
    1,
    'Check the rows first (alir verify), then run the backfill with --allow-deletes.',
  ),
  LOAD_DELETES: operator(
    1,
    'Check the rows first (alir verify), then run: alir replica reload TABLE --allow-deletes',
  ),
  BACKFILL_FAILED: operator(1, 'Fix what the message names, then run the rest as a new backfill.'),
  BOOTSTRAP_FAILED: operator(1, 'Read the rows straight from the source instead: --via source.'),
  MAXWELL_UNAVAILABLE: operator(
    3,
    'Start Maxwell (alir doctor checks it), or read from the source instead: --via source.',
  ),
  MAXWELL_STOPPED: operator(
    1,
    "Read Maxwell's log (alir stack logs maxwell): its last lines name the statement. Then run: alir maxwell recover",
  ),
  LETTER_MISSING: operator(
    1,
    'See alir dead-letters list --status all; closed letters are pruned after a time.',
  ),
  LETTER_CLOSED: operator(1, 'Send a new record with the right values: a closed letter cannot be changed.'),
  LETTER_INVALID: operator(1, 'Correct what the message names, then try again; nothing was kept.'),
  FILE_FAILED: operator(
    1,
    'Correct what the message names (path, permissions, space on the disk), then try again.',
  ),
  SCHEDULE_EXISTS: operator(1, 'Delete it first: alir verify schedule delete --table NAME'),
  SCHEDULE_MISSING: operator(1, 'See alir verify schedule list.'),
  BUILD_MISSING: operator(1, 'See alir build list.'),
  BUILD_IDLE: operator(1, 'Start a worker of that build first.'),
  HTTP_TOKEN_UNSET: operator(
    2,
    'Set HTTP_TOKEN to a long random text (openssl rand -hex 32) and restart the process.',
  ),
  HTTP_TOKEN_WRONG: operator(
    2,
    'Send the header Authorization: Bearer, followed by the value of HTTP_TOKEN.',
  ),
  CONFIG_INVALID: operator(2, 'Correct the setting; alir config --help lists and explains all of them.'),
  USAGE: operator(2, 'See alir --help.'),
  PORT_TAKEN: operator(3, 'Stop the program that uses the port, or choose another port.'),
  TOOL_MISSING: operator(3, 'Install what the message names, then try again.'),
  PLATFORM_UNSUPPORTED: operator(3, 'Use the Docker engine: alir stack up --engine docker.'),
  DOWNLOAD_FAILED: operator(3, 'Check the network connection, then try again.'),
  SERVER_FAILED: operator(3, 'Read the log that the message names.'),
  STACK_NOT_RUNNING: operator(3, 'Run: alir stack up'),
  NO_ENGINE: operator(3, 'Use --engine native.'),
  CHECK_FAILED: operator(1, 'Compare the figures above; alir status and the logs show where the rows are.'),

  // A bug in Alir.
  UNEXPECTED: {
    fault: 'alir',
    retryable: true,
    exit: 1,
    remedy: 'This is a bug in Alir: report it, with the log lines around it.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof catalogue;

/** The codes that Temporal must not retry; the retry policy of every activity is made from this list. */
export const nonRetryableCodes: readonly ErrorCode[] = (Object.keys(catalogue) as ErrorCode[]).filter(
  (code) => !catalogue[code].retryable,
);
