import { ok, problem, warning, type Check, type Finding } from '../check.ts';
import { mebibytes } from '../sizes.ts';
import { isUtc, readVariables, zoneOf, type Variables } from '../variables.ts';
import { plural } from '../../../errors/sentences.ts';

const names = [
  'log_bin',
  'binlog_format',
  'binlog_row_image',
  'binlog_row_value_options',
  'binlog_expire_logs_seconds',
  'expire_logs_days',
  'server_id',
  'time_zone',
  'system_time_zone',
  'max_allowed_packet',
];

/** What Maxwell needs of the server that it reads. */
export const sourceSettings: Check = {
  name: 'server settings',
  area: 'MySQL source',
  needs: ['source'],
  async run({ source, config }) {
    return judgeSource(await readVariables(source, names), config.settings.ALIR_BATCH_MAX_BYTES);
  },
};

export function judgeSource(variables: Variables, batchBytes: number): Finding[] {
  const value = (name: string): string => variables.get(name) ?? '';
  const findings: Finding[] = [];
  const demand = (isRight: boolean, name: string, means: string, todo: string): void => {
    if (!isRight) findings.push(problem({ found: `${name} is ${value(name) || 'empty'}.`, means, todo }));
  };
  const restart = 'in my.cnf and start the server again';

  demand(
    value('log_bin') === 'ON',
    'log_bin',
    'The server writes no binlog: Maxwell sees no changes.',
    `Set log-bin = binlog and server-id = 1 ${restart}.`,
  );
  demand(
    Number(value('server_id')) !== 0,
    'server_id',
    'MySQL lets nobody read the binlog of such a server.',
    `Set server-id = 1 ${restart}.`,
  );
  demand(
    value('binlog_format') === 'ROW',
    'binlog_format',
    'Changes are logged as statements, which Maxwell skips.',
    `Set binlog-format = ROW ${restart}; open sessions keep their own format.`,
  );
  demand(
    value('binlog_row_image') === 'FULL',
    'binlog_row_image',
    'Changes arrive without the columns that did not change, and cannot be applied.',
    `Set binlog-row-image = FULL ${restart}.`,
  );
  demand(
    value('binlog_row_value_options') === '',
    'binlog_row_value_options',
    'Updates of JSON columns are logged as differences: Maxwell hangs at the first one forever, without an error.',
    `SET GLOBAL binlog_row_value_options = '', remove it from my.cnf, and close all open sessions. If Maxwell is already stuck at one, then run: alir maxwell recover (docs/guide/maxwell-recover.md)`,
  );
  const zone = zoneOf(variables);
  if (!isUtc(zone)) {
    findings.push(
      problem({
        found: `The time zone is ${zone}.`,
        means:
          "Maxwell's bootstrap shifts times by the session's time zone; changes made meanwhile are not shifted.",
        todo: `Set default-time-zone = '+00:00' ${restart}.`,
      }),
    );
  }
  const retention = retentionSeconds(variables);
  if (retention < day) {
    findings.push(
      problem({
        found: `The binlog is kept for ${hours(retention)}.`,
        means: 'If Maxwell is down for longer, changes are lost.',
        todo: 'Set binlog_expire_logs_seconds to a week (604800).',
      }),
    );
  }
  const packet = Number(value('max_allowed_packet') || Infinity);
  if (packet < batchBytes) {
    findings.push(
      warning({
        found: `max_allowed_packet is ${mebibytes(packet)}, less than a batch (ALIR_BATCH_MAX_BYTES).`,
        means: 'The server may refuse a large row, or a query for many rows at once.',
        todo: 'Raise max_allowed_packet to 64M.',
      }),
    );
  }
  if (findings.length > 0) return findings;
  const kept = retention === Infinity ? 'forever' : `for ${hours(retention)}`;
  return [ok(`The binlog is on, with whole rows, kept ${kept}; ${zone}; server id ${value('server_id')}.`)];
}

const day = 86_400;

/** Infinity: the files stay until somebody removes them. A server from before 8.0 knows days only. */
export function retentionSeconds(variables: Variables): number {
  const seconds = Number(variables.get('binlog_expire_logs_seconds') ?? 0);
  const days = Number(variables.get('expire_logs_days') ?? 0);
  return seconds || days * day || Infinity;
}

function hours(seconds: number): string {
  if (seconds < 3600) return plural(Math.round(seconds / 60), 'minute');
  return seconds < 2 * day
    ? plural(Math.round(seconds / 3600), 'hour')
    : plural(Math.round(seconds / day), 'day');
}
