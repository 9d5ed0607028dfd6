import { messageOf } from '../../../errors/alir-error.ts';
import { ok, problem, type Check, type Finding } from '../check.ts';

/** A client asks one broker for the addresses of all, and then uses those: they must be right from where it runs. */
export const advertisedAddresses: Check = {
  name: 'advertised addresses',
  area: 'Kafka',
  needs: ['kafka'],
  async run({ kafka }) {
    const addresses = await kafka.advertised();
    const failures = await Promise.all(
      addresses.map((address) => kafka.reachAt(address).then(() => null, messageOf)),
    );
    return judgeAdvertised(
      addresses.map(({ host, port }, index) => ({
        address: `${host}:${port}`,
        failure: failures[index] ?? null,
      })),
    );
  },
};

/** @param brokers what each broker says its address is, and why it cannot be reached there */
export function judgeAdvertised(
  brokers: readonly { readonly address: string; readonly failure: string | null }[],
): Finding[] {
  const away = brokers.filter(({ failure }) => failure !== null);
  if (away.length === 0)
    return [ok(`Clients are sent to ${brokers.map(({ address }) => address).join(', ')}.`)];
  return away.map(({ address }) =>
    problem({
      found: `Kafka sends its clients to ${address}, which cannot be reached from here.`,
      means: 'The first connection works, but reading and writing do not.',
      todo: "Correct the broker's advertised.listeners: in the course, kafka:29092 inside Docker and localhost:9092 outside.",
    }),
  );
}
