import { z } from 'zod';

const text = (description: string, fallback: string) =>
  z.string().min(1).default(fallback).describe(description);
const whole = (description: string, fallback: number, min = 1, max = 2_147_483_647) =>
  z.coerce.number().int().min(min).max(max).default(fallback).describe(description);
const secret = (description: string) => z.string().optional().describe(description).meta({ secret: true });
const file = (description: string) => z.string().optional().describe(description);
/** Capital letters are what other clients of Kafka and MySQL want. */
const choice = <const Values extends readonly string[]>(values: Values) =>
  z.string().toLowerCase().pipe(z.enum(values));
const flag = (description: string, fallback: boolean) =>
  z.stringbool().default(fallback).describe(description);

const sslModes = ['disabled', 'verify-ca', 'verify-identity'] as const;

/** Every setting, by the name of its environment variable. `alir config` prints this list with the effective values. */
export const settingsSchema = z.object({
  ALIR_STACK: text(
    'Name of the local stack whose servers Alir uses unless the settings below name others',
    'default',
  ),
  ALIR_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lowest level of log lines to write'),
  ALIR_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'not a time zone; name one of the tz database: Asia/Jakarta, Asia/Makassar, UTC')
    .default('Asia/Jakarta')
    .describe(
      'Time zone for times without an offset in commands and HTTP requests; times in orders are always in Asia/Jakarta',
    ),
  ALIR_BATCH_MAX_ROWS: whole('Maximum number of records in a batch', 5000, 1, 50_000),
  ALIR_BATCH_MAX_BYTES: whole('Maximum size of a batch: bytes of its keys and values', 4_194_304, 1024),
  ALIR_BATCH_LINGER_MS: whole('How long a batch waits for more records, milliseconds', 50, 0, 60_000),
  ALIR_CACHE_MAX_BYTES: whole(
    'Memory in the worker for records of running batches, bytes',
    33_554_432,
    1_048_576,
  ),
  ALIR_REREAD_MAX_ROWS: whole(
    'Largest table, in rows as InnoDB estimates them, that Alir reads again by itself when its definition has changed',
    10_000_000,
    0,
    Number.MAX_SAFE_INTEGER,
  ),
  ALIR_KEEP_BATCHES_DAYS: whole(
    'Days to keep single batches in etl_batches; their totals stay for good',
    7,
    1,
    3650,
  ),
  ALIR_KEEP_HISTORY_DAYS: whole(
    'Days to keep closed dead letters, and backfills and comparisons that have ended',
    90,
    1,
    3650,
  ),
  ALIR_REDRIVE_ATTEMPTS: whole(
    'Failures after which a dead letter is quarantined: redrives then leave it out, unless asked',
    5,
    2,
    1_000,
  ),
  ALIR_VERSIONING: flag('Worker Versioning: on for deployments, off for development', false),
  ALIR_SHUTDOWN_GRACE_SECONDS: whole(
    'How long a process may take to finish its batches when it stops',
    20,
    1,
    3600,
  ),

  KAFKA_BROKERS: text('Brokers to start from, host:port, separated by commas', 'localhost:9092'),
  KAFKA_CLIENT_ID: text('Name by which Alir identifies itself to the brokers (client.id)', 'alir'),
  KAFKA_COMPRESSION: choice(['snappy', 'gzip', 'lz4', 'none'])
    .default('snappy')
    .describe('Compression of the messages that Alir publishes; n8n reads only gzip and none'),
  KAFKA_SSL: flag('Encrypt connections to Kafka', false),
  KAFKA_SSL_CA_FILE: file('CA certificates (PEM) to check the brokers with; unset: those built into Node.js'),
  KAFKA_SSL_CERT_FILE: file('Client certificate (PEM), for brokers that ask for one'),
  KAFKA_SSL_KEY_FILE: file('Its private key (PEM)'),
  KAFKA_SASL_MECHANISM: choice(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('SASL mechanism; unset: no authentication'),
  KAFKA_SASL_USERNAME: z.string().optional().describe('SASL user'),
  KAFKA_SASL_PASSWORD: secret('SASL password'),

  TEMPORAL_ADDRESS: text('Temporal frontend, host:port', 'localhost:7233'),
  TEMPORAL_NAMESPACE: text('Temporal namespace', 'default'),
  TEMPORAL_API_KEY: secret('API key of Temporal Cloud'),
  TEMPORAL_UI_URL: text('Where people open the Temporal Web UI', 'http://localhost:8233'),

  MYSQL_HOST: text('Server of the target databases', 'localhost'),
  MYSQL_PORT: whole('Its port', 3306, 1, 65_535),
  MYSQL_USER: text('User that may write the target databases', 'alir'),
  MYSQL_PASSWORD: secret('Its password'),
  MYSQL_DATABASE: text('Database of the orders table and of the bookkeeping (etl_*)', 'app_consumer'),
  MYSQL_REPLICA_DATABASE: text('Database of the replica', 'app_olap'),
  MYSQL_POOL_SIZE: whole('Maximum number of connections to the target server', 8, 1, 200),

  MYSQL_SSL_MODE: choice(sslModes)
    .default('disabled')
    .describe(
      'Encryption; verify-ca checks the certificate; verify-identity also checks that it names MYSQL_HOST',
    ),
  MYSQL_SSL_CA_FILE: file('CA certificates (PEM) to check the server with; unset: those built into Node.js'),
  MYSQL_SSL_CERT_FILE: file('Client certificate (PEM), for a server that asks for one'),
  MYSQL_SSL_KEY_FILE: file('Its private key (PEM)'),

  SOURCE_MYSQL_HOST: z.string().optional().describe('Server of the source database; unset: MYSQL_HOST'),
  SOURCE_MYSQL_PORT: z.coerce.number().int().optional().describe('Its port; unset: MYSQL_PORT'),
  SOURCE_MYSQL_USER: z.string().optional().describe('User that may read the source; unset: MYSQL_USER'),
  SOURCE_MYSQL_PASSWORD: secret('Its password; unset: MYSQL_PASSWORD'),
  SOURCE_MYSQL_SSL_MODE: choice(sslModes).optional().describe('Its encryption; unset: MYSQL_SSL_MODE'),
  SOURCE_MYSQL_SSL_CA_FILE: file('As MYSQL_SSL_CA_FILE, for the source; unset: MYSQL_SSL_CA_FILE'),
  SOURCE_MYSQL_SSL_CERT_FILE: file('As MYSQL_SSL_CERT_FILE, for the source; unset: MYSQL_SSL_CERT_FILE'),
  SOURCE_MYSQL_SSL_KEY_FILE: file('As MYSQL_SSL_KEY_FILE, for the source; unset: MYSQL_SSL_KEY_FILE'),
  SOURCE_MYSQL_DATABASE: text('Source database', 'app_producer'),
  MAXWELL_DATABASE: text("Maxwell's own database on the source server (schema_database)", 'maxwell'),
  MAXWELL_CLIENT_ID: text('Name by which Maxwell stores its position (client_id)', 'maxwell'),

  HTTP_HOST: text('Address on which Alir serves metrics, health and the API', '127.0.0.1'),
  HTTP_PORT: whole(
    'Its port; 0: any free one; unset: the default, or any free one if that is taken',
    8088,
    0,
    65_535,
  ),
  HTTP_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'at least 16 printable ASCII characters, no spaces')
    .optional()
    .describe('Bearer token of the HTTP API; unset: the API is closed')
    .meta({ secret: true }),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** Whether it is the name of a time zone (IANA) that this Node knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether a setting must be masked wherever it is printed. */
export function isSecret(name: SettingName): boolean {
  return settingsSchema.shape[name].meta()?.['secret'] === true;
}
