import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { AlirError } from '../errors/alir-error.ts';
import { readRunningStack, settingsOfStack } from './running-stack.ts';
import { isSecret, settingsSchema, type SettingName, type Settings } from './settings.ts';
import { kafkaTls, mysqlTls, type MysqlTls, type TlsFiles } from './tls.ts';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Absent or null: connections are not encrypted. */
  readonly tls?: MysqlTls | null;
  /** Of the source: how the Maxwell that reads it calls itself; absent: by its own defaults. */
  readonly maxwell?: MaxwellNames;
}

export interface MaxwellNames {
  /** Its own database on the source server. */
  readonly database: string;
  readonly clientId: string;
}

/** The validated configuration, grouped as its readers need it. Made once, at the edge of each process. */
export interface Config {
  readonly settings: Settings;
  /** Where each value came from: an environment variable, `.env`, the running stack or the default. */
  readonly origins: Readonly<Record<SettingName, Origin>>;
  readonly kafka: {
    readonly brokers: readonly string[];
    /** Null: connections are not encrypted. */
    readonly tls: TlsFiles | null;
  };
  readonly target: MysqlAddress;
  readonly source: MysqlAddress;
  /** What `@temporalio/envconfig` reads in place of the process environment. */
  readonly temporalEnvironment: Readonly<Record<string, string>>;
}

export type Origin = 'environment' | '.env' | 'stack' | 'default';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings: environment variables first, then `.env` in the current folder, then the running stack.
 *
 * @param overrides taken before everything else, under the names of the environment variables
 * @throws AlirError CONFIG_INVALID naming every wrong setting
 */
export function loadConfig(overrides: Variables = {}): Config {
  const environment = nonEmpty({ ...process.env, ...overrides });
  const file = nonEmpty(readDotEnv());
  const running = readRunningStack(stackOf(environment, file));
  const stack = running ? settingsOfStack(running) : {};
  const merged: Record<string, string> = { ...stack, ...file, ...environment };

  const parsed = settingsSchema.safeParse(merged);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new AlirError('CONFIG_INVALID', `The configuration is not valid: ${wrong}.`);
  }
  const settings = parsed.data;
  needWholeSasl(settings);
  const originOf = (name: string): Origin =>
    name in environment ? 'environment' : name in file ? '.env' : name in stack ? 'stack' : 'default';
  const names = Object.keys(settingsSchema.shape) as SettingName[];
  const target: MysqlAddress = {
    host: settings.MYSQL_HOST,
    port: settings.MYSQL_PORT,
    user: settings.MYSQL_USER,
    password: settings.MYSQL_PASSWORD ?? '',
    database: settings.MYSQL_DATABASE,
    tls: mysqlTls(settings, 'target'),
  };
  return {
    settings,
    origins: Object.fromEntries(names.map((name) => [name, originOf(name)])) as Record<SettingName, Origin>,
    kafka: {
      brokers: settings.KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
      tls: kafkaTls(settings),
    },
    target,
    source: {
      host: settings.SOURCE_MYSQL_HOST ?? target.host,
      port: settings.SOURCE_MYSQL_PORT ?? target.port,
      user: settings.SOURCE_MYSQL_USER ?? target.user,
      password: settings.SOURCE_MYSQL_PASSWORD ?? target.password,
      database: settings.SOURCE_MYSQL_DATABASE,
      tls: mysqlTls(settings, 'source'),
      maxwell: { database: settings.MAXWELL_DATABASE, clientId: settings.MAXWELL_CLIENT_ID },
    },
    temporalEnvironment: {
      ...merged,
      TEMPORAL_ADDRESS: settings.TEMPORAL_ADDRESS,
      TEMPORAL_NAMESPACE: settings.TEMPORAL_NAMESPACE,
    },
  };
}

/**
 * The name of the stack that is meant where no flag names one: ALIR_STACK of the environment, else of `.env`.
 *
 * @throws AlirError CONFIG_INVALID when `.env` cannot be read
 */
export function chosenStack(): string {
  return stackOf(nonEmpty(process.env), nonEmpty(readDotEnv()));
}

function stackOf(environment: Variables, file: Variables): string {
  return environment['ALIR_STACK'] ?? file['ALIR_STACK'] ?? 'default';
}

/** The effective settings as `alir config` shows them, secrets masked. */
export function describeConfig(
  config: Config,
): { name: SettingName; value: string; origin: Origin; description: string }[] {
  return (Object.keys(settingsSchema.shape) as SettingName[]).map((name) => {
    const value = config.settings[name];
    const shown = value === undefined ? '' : isSecret(name) ? '********' : String(value);
    return {
      name,
      value: shown,
      origin: config.origins[name],
      description: settingsSchema.shape[name].description ?? '',
    };
  });
}

function needWholeSasl({ KAFKA_SASL_MECHANISM: mechanism, ...settings }: Settings): void {
  for (const name of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const) {
    if (mechanism && settings[name] === undefined)
      throw new AlirError('CONFIG_INVALID', `KAFKA_SASL_MECHANISM is ${mechanism}, and ${name} is not set.`);
  }
}

function nonEmpty(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}

function readDotEnv(): Variables {
  try {
    return parse(readFileSync(join(process.cwd(), '.env')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new AlirError('CONFIG_INVALID', 'The file .env cannot be read.', { cause: error });
  }
}
