import type { MysqlAddress } from '../../../config/load-config.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import { maxwellNames, readPosition, type PositionFacts, type StoredPosition } from '../maxwell-reader.ts';

export const maxwellPosition: Check = {
  name: 'position',
  area: 'Maxwell',
  needs: ['source'],
  async run({ source, config }) {
    return judgePosition(await readPosition(source, maxwellNames(config)), config.source);
  },
};

/** Heartbeats are written every ten seconds. */
const silentMs = 60_000;

export function judgePosition(facts: PositionFacts, { user }: Pick<MysqlAddress, 'user'>): Finding[] {
  const { schema, client, serverId, positions, files, now } = facts;
  if (positions === null) {
    return [
      problem({
        found: `There is no table ${schema}.positions, or ${user} may not read it.`,
        means: 'Maxwell has never read this server, or it cannot be seen whether it does.',
        todo: `Start Maxwell against this server, or as an administrator: GRANT SELECT ON \`${schema}\`.* TO '${user}'@…`,
      }),
    ];
  }
  const own = positions.find((each) => each.client === client && each.serverId === serverId);
  if (!own) {
    const others = positions.map((each) => `client ${each.client} at server ${each.serverId}`).join(', ');
    return [
      problem({
        found: `No position of client ${client} at server ${serverId}${others ? `, only of ${others}` : ''}.`,
        means: 'Maxwell would begin at the end of the binlog: changes made before are not sent.',
        todo: 'Correct client_id and host in its settings, or start it and load the tables again from the source.',
      }),
    ];
  }
  const at = `${own.file ?? 'no file'}:${own.offset ?? 0}`;
  if (files && own.file !== null && !files.includes(own.file)) {
    return [
      problem({
        found: `Client ${client} stands at ${at}, and the server has removed that file.`,
        means: 'The changes after it are lost to Maxwell, and it cannot start.',
        todo: `Delete its row in ${schema}.positions, start Maxwell, load the tables again from the source, and keep the binlog for longer.`,
      }),
    ];
  }
  const findings = [judgeHeartbeat(facts, own, at, now)];
  if (!files)
    findings.push(
      skipped(
        `Whether ${own.file ?? 'its file'} still exists.`,
        `GRANT REPLICATION CLIENT ON *.* TO '${user}'@…`,
      ),
    );
  return findings;
}

function judgeHeartbeat(
  { client, heartbeatWritten }: PositionFacts,
  { heartbeatRead }: StoredPosition,
  at: string,
  now: number,
): Finding {
  const seconds = (since: number): string =>
    `${Math.round(Math.max(0, now - since) / 1000).toLocaleString('en-US')} s`;
  if (heartbeatWritten !== null && now - heartbeatWritten > silentMs) {
    return problem({
      found: `Client ${client} stands at ${at} and gave its last sign of life ${seconds(heartbeatWritten)} ago.`,
      means: 'Maxwell does not run, or does not reach the server: no change of the source arrives.',
      todo: 'Read the log of Maxwell and start it (alir stack logs maxwell, alir stack up).',
    });
  }
  if (heartbeatRead === null) {
    return warning({
      found: `Client ${client} stands at ${at} and has not read a heartbeat yet.`,
      means: 'Maxwell has only just started, or does not get on.',
      todo: 'Look again in a minute, then read the log of Maxwell.',
    });
  }
  if (now - heartbeatRead > silentMs) {
    return warning({
      found: `Client ${client} stands at ${at}, ${seconds(heartbeatRead)} behind the source.`,
      means: 'Changes arrive late: a large transaction, a bootstrap, or Kafka takes them slowly.',
      todo: 'Look again: the number should shrink; if it does not, read the log of Maxwell.',
    });
  }
  return ok(`Client ${client} stands at ${at}, ${seconds(heartbeatRead)} behind the source.`);
}
