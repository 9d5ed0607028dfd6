import { createServer } from 'node:net';
import getPort from 'get-port';
import { AlirError } from '../../../errors/alir-error.ts';
import type { ChosenPorts } from '../engine.ts';

/** Every port that a stack listens on; all on 127.0.0.1. */
export interface StackPorts {
  readonly kafka: number;
  readonly kafkaController: number;
  readonly mysql: number;
  readonly temporal: number;
  readonly ui: number;
  readonly temporalMetrics: number;
  readonly temporalHttp: number;
  readonly maxwell: number;
}

type PortName = keyof StackPorts;

/** What people expect on these ports; the stack `default` has them. */
const wellKnown: Readonly<Record<keyof ChosenPorts, number>> = {
  kafka: 9092,
  mysql: 3306,
  temporal: 7233,
  ui: 8233,
};

const label: Readonly<Record<PortName, string>> = {
  kafka: 'Kafka',
  kafkaController: "Kafka's controller",
  mysql: 'MySQL',
  temporal: 'Temporal',
  ui: "Temporal's Web UI",
  temporalMetrics: "Temporal's metrics",
  temporalHttp: "Temporal's HTTP interface",
  maxwell: "Maxwell's diagnostics",
};

/**
 * Below the range from which the system takes ports for outgoing connections: a server that is stopped for a while
 * finds its port free again.
 */
const free = { from: 20_000, to: 29_999 };

/**
 * The ports of a stack: those chosen, then the well-known ones for the stack `default`, then those it had before,
 * else free ones.
 *
 * @throws AlirError PORT_TAKEN naming port, server and option
 */
export async function assignPorts(
  name: string,
  chosen: ChosenPorts,
  before: Partial<StackPorts>,
): Promise<StackPorts> {
  const taken = new Set<number>();
  const assign = async (port: PortName): Promise<number> => {
    const option = port in wellKnown ? (port as keyof ChosenPorts) : null;
    const wished =
      option === null ? undefined : (chosen[option] ?? (name === 'default' ? wellKnown[option] : undefined));
    let number = wished !== undefined && wished !== 0 ? wished : before[port];
    if (wished !== undefined && wished !== 0) await needFree(wished, port, taken);
    else if (number === undefined || taken.has(number) || !(await isFree(number))) {
      number = await anyFree(taken);
    }
    taken.add(number as number);
    return number as number;
  };
  // One after the other: each must not take what an earlier one got.
  return {
    kafka: await assign('kafka'),
    mysql: await assign('mysql'),
    temporal: await assign('temporal'),
    ui: await assign('ui'),
    kafkaController: await assign('kafkaController'),
    temporalMetrics: await assign('temporalMetrics'),
    temporalHttp: await assign('temporalHttp'),
    maxwell: await assign('maxwell'),
  };
}

async function needFree(number: number, port: PortName, taken: ReadonlySet<number>): Promise<void> {
  if (!taken.has(number) && (await isFree(number))) return;
  const by = taken.has(number) ? 'chosen for another server of this stack' : 'held by another program';
  throw new AlirError('PORT_TAKEN', `Port ${number} for ${label[port]} is ${by}.`, {
    remedy: `Stop that program, or choose another port: alir stack up --${port}-port PORT (0 takes any free one).`,
  });
}

/** Whether a server could listen on 127.0.0.1 at this port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function anyFree(taken: ReadonlySet<number>): Promise<number> {
  // Tried in a random order, so that two stacks that start at the same moment hardly ever choose the same port.
  const candidates = Array.from(
    { length: 50 },
    () => free.from + Math.floor(Math.random() * (free.to - free.from)),
  );
  return getPort({ port: candidates, host: '127.0.0.1', exclude: taken });
}
