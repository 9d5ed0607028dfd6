import type { MysqlAddress } from '../../../config/load-config.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import { toleratedSeconds } from '../../status/maxwell-status.ts';
import { maxwellNames, readPosition, type PositionFacts, type StoredPosition } from '../maxwell-reader.ts';

export const maxwellPosition: Check = {
  name: 'position',
  area: 'Maxwell',
  needs: ['source'],
  async run({ source, config }) {
    return judgePosition(await readPosition(source, maxwellNames(config)), config.source);
  },
};

export function judgePosition(facts: PositionFacts, { user }: Pick<MysqlAddress, 'user'>): Finding[] {
  const { schema, client, serverId, positions, files, now } = facts;
  if (positions === null) {
    return [
      problem({
        found: `There is no table ${schema}.positions.`,
        means: 'Maxwell has never read this server.',
        todo: 'Start Maxwell against this server, or correct MAXWELL_DATABASE.',
      }),
    ];
  }
  if (positions === 'denied') {
    return [
      problem({
        found: `${user} may not read ${schema}.positions.`,
        means: "Alir cannot see Maxwell's position, and reads no tables from the source until it can.",
        todo: `As an administrator: GRANT SELECT ON \`${schema}\`.* TO '${user}'@…`,
      }),
    ];
  }
  const own = positions.find((each) => each.client === client && each.serverId === serverId);
  if (!own) {
    const others = positions.map((each) => `client ${each.client} at server ${each.serverId}`).join(', ');
    return [
      problem({
        found: `No position of client ${client} at server ${serverId}${others ? `, only of ${others}` : ''}.`,
        means: 'Maxwell would begin at the end of the binlog, and not send the changes before it.',
        todo: 'Correct client_id and host in its settings, or start it and load the tables again from the source.',
      }),
    ];
  }
  const at = `${own.file ?? 'no file'}:${own.offset ?? 0}`;
  if (files && own.file !== null && !files.includes(own.file)) {
    return [
      problem({
        found: `Client ${client} stands at ${at}, and the server has removed that file.`,
        means: 'Maxwell cannot read the changes after this position, and cannot start.',
        todo: 'Run: alir maxwell recover (docs/guide/maxwell-recover.md). Then make the server keep its binlog longer.',
      }),
    ];
  }
  const findings = [judgeHeartbeat(facts, own, at, now)];
  if (!files)
    findings.push(
      skipped(
        `The server does not tell whether ${own.file ?? 'its file'} still exists.`,
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
  if (heartbeatWritten !== null && now - heartbeatWritten > toleratedSeconds * 1000) {
    return problem({
      found: `Client ${client} stands at ${at} and gave its last sign of life ${seconds(heartbeatWritten)} ago.`,
      means: 'Maxwell is not running, or does not reach the server: no changes arrive from the source.',
      todo: "Read Maxwell's log and start it (alir stack logs maxwell, alir stack up).",
    });
  }
  if (heartbeatRead === null) {
    return warning({
      found: `Client ${client} stands at ${at} and has not read a heartbeat yet.`,
      means: 'Maxwell has only just started, or is stuck.',
      todo: "Check again in a minute; if this is still so, read Maxwell's log.",
    });
  }
  if (now - heartbeatRead > toleratedSeconds * 1000) {
    return problem({
      found: `Client ${client} stands at ${at}, ${seconds(heartbeatRead)} behind the source.`,
      means: 'Changes arrive late, or not at all.',
      todo: 'Check again: if the number shrinks, Maxwell is catching up; if not, see below where it is stuck.',
    });
  }
  return ok(`Client ${client} stands at ${at}, ${seconds(heartbeatRead)} behind the source.`);
}
