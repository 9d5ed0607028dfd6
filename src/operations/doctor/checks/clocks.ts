import { ok, type Area, type Check, type Server } from '../check.ts';
import { judgeSkew, measureSkew } from '../clocks.ts';

/** The one here against those of both MySQL servers; Kafka and Temporal do not tell theirs. */
export const targetClock = clockOf('target', 'MySQL target', 'the MySQL target');
export const sourceClock = clockOf('source', 'MySQL source', 'the MySQL source');

function clockOf(server: Server & ('target' | 'source'), area: Area, name: string): Check {
  return {
    name: 'clock',
    area,
    needs: [server],
    async run(context) {
      const skew = await measureSkew((sql) => context[server].query(sql));
      return [judgeSkew(name, skew) ?? ok('It agrees with the clock of this machine.')];
    },
  };
}
