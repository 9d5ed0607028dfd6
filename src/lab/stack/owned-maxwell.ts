import type { Config } from '../../config/load-config.ts';
import { readRunningStack } from '../../config/running-stack.ts';
import { chooseEngine } from './choose-engine.ts';
import type { MaxwellSwitch } from '../../operations/maxwell/recover.ts';

/**
 * The Maxwell that Alir itself runs beside the source: in a native stack, or in the containers of docker-compose.yml.
 *
 * @returns null where another started it, or a stack's own container asks, which cannot
 */
export async function ownedMaxwell({ source, settings }: Config): Promise<MaxwellSwitch | null> {
  const name = settings.ALIR_STACK;
  const stack = readRunningStack(name);
  if (stack === null) return null;
  const { mysql, maxwell } = stack;
  const isItsSource = [mysql.host, 'localhost'].includes(source.host) && mysql.port === source.port;
  const isItsMaxwell =
    source.maxwell?.database === maxwell.schemaDatabase && source.maxwell.clientId === maxwell.clientId;
  if (!isItsSource || !isItsMaxwell) return null;
  const engine = await chooseEngine(stack.engine, name);
  const report = (): void => undefined;
  const find = async () => (await engine.status(name)).services.find(({ service }) => service === 'maxwell');
  return {
    start: () => engine.start(name, 'maxwell', report),
    stop: () => engine.stop(name, 'maxwell', report),
    isRunning: async () => (await find())?.state === 'running',
  };
}
