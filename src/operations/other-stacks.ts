import { loadConfig, type Config } from '../config/load-config.ts';
import { runningStackNames } from '../config/running-stack.ts';
import type { SettingName } from '../config/settings.ts';
import type { AlirError } from '../errors/alir-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';

/** The settings that say where a server is. */
const addresses: Partial<Record<ErrorCode, readonly SettingName[]>> = {
  KAFKA_UNAVAILABLE: ['KAFKA_BROKERS'],
  MYSQL_UNAVAILABLE: ['MYSQL_HOST', 'MYSQL_PORT'],
  TEMPORAL_UNAVAILABLE: ['TEMPORAL_ADDRESS'],
};

/** Whether somebody has said where the server is that such an error speaks of: a setting, or a stack that runs. */
export function isAddressSet(origins: Config['origins'], code: ErrorCode): boolean {
  return addresses[code]?.some((name) => origins[name] !== 'default') ?? false;
}

/**
 * What to do about an error. Where nothing answers at an address that nobody has set, and a stack of another name runs
 * in this folder, that stack was meant.
 */
export function remedyOf(error: AlirError): string {
  const others = addresses[error.code] === undefined ? [] : runningStackNames();
  if (others.length === 0) return error.remedy;
  const { origins, settings } = loadConfig();
  if (isAddressSet(origins, error.code)) return error.remedy;
  const which = others.length === 1 ? `the stack ${others[0]} is` : `the stacks ${others.join(', ')} are`;
  return (
    `The stack ${settings.ALIR_STACK} is not running, but ${which}: set ALIR_STACK=${others[0]}, ` +
    'or run: alir stack up'
  );
}
