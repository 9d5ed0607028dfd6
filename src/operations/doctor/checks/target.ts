import { readMigrationState, type MigrationState } from '../../../mysql/migrations/migrate.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import { catalogue } from '../../../errors/catalogue.ts';
import { ok, problem, warning, type Check, type Finding } from '../check.ts';
import { mebibytes } from '../sizes.ts';
import { isUtc, readVariables, zoneOf, type Variables } from '../variables.ts';

export const migrated: Check = {
  name: 'migrations',
  area: 'MySQL target',
  needs: ['target'],
  async run({ config: { target } }) {
    try {
      return [judgeMigrations(target.database, await readMigrationState(target))];
    } catch (error) {
      // The database itself is not there.
      if (!(error instanceof AlirError) || error.code !== 'SCHEMA_NOT_MIGRATED') throw error;
      return [judgeMigrations(target.database, null)];
    }
  },
};

/** @param state null: there is no database */
export function judgeMigrations(database: string, state: MigrationState | null): Finding {
  const { pending, unknown } = state ?? { pending: [], unknown: [] };
  if (unknown.length > 0)
    return problem({
      found: `${database} has ${unknown.join(', ')}, which this Alir does not know.`,
      means: 'This Alir may not fit the tables, and alir migrate refuses to run.',
      todo: catalogue.MIGRATION_MISSING.remedy,
    });
  if (state !== null && pending.length === 0) return ok(`${database} has every migration.`);
  return problem({
    found: state ? `${database} lacks ${pending.join(', ')}.` : `The database ${database} does not exist.`,
    means: 'Alir does not start: its tables are missing or old.',
    todo: 'Run: alir migrate',
  });
}

export const targetSettings: Check = {
  name: 'server settings',
  area: 'MySQL target',
  needs: ['target'],
  async run({ target, config }) {
    const names = ['sql_mode', 'time_zone', 'system_time_zone', 'max_allowed_packet', 'read_only'];
    return judgeTarget(await readVariables(target, names), config.settings.ALIR_BATCH_MAX_BYTES);
  },
};

/** A batch travels as one parameter, which holds a little more than the records it was made of. */
const roomForBatch = 2;

export function judgeTarget(variables: Variables, batchBytes: number): Finding[] {
  const findings: Finding[] = [];
  const sqlMode = variables.get('sql_mode') ?? '';
  if (!/STRICT_(ALL|TRANS)_TABLES|TRADITIONAL/.test(sqlMode)) {
    findings.push(
      warning({
        found: `sql_mode is not strict ("${sqlMode}").`,
        means: "Alir's own sessions are strict; other programs may store values that were cut.",
        todo: 'Add STRICT_TRANS_TABLES to sql_mode.',
      }),
    );
  }
  const zone = zoneOf(variables);
  if (!isUtc(zone)) {
    findings.push(
      warning({
        found: `The time zone is ${zone}.`,
        means: 'Alir writes UTC, but NOW() in queries of other programs is in another time zone.',
        todo: "Set default-time-zone = '+00:00', and convert times to local time where people see them.",
      }),
    );
  }
  const packet = Number(variables.get('max_allowed_packet') ?? Infinity);
  if (packet < batchBytes * roomForBatch) {
    const trouble = {
      found: `max_allowed_packet is ${mebibytes(packet)}, and a batch may have ${mebibytes(batchBytes)} (ALIR_BATCH_MAX_BYTES).`,
      means:
        'A batch is sent as one parameter: MySQL refuses one that does not fit, and its partition stops.',
      todo: 'Raise max_allowed_packet to 64M, or lower ALIR_BATCH_MAX_BYTES to half of it.',
    };
    findings.push(packet < batchBytes ? problem(trouble) : warning(trouble));
  }
  if (variables.get('read_only') === 'ON') {
    findings.push(
      problem({
        found: 'The server is read only.',
        means: 'Alir cannot load anything into it.',
        todo: 'Correct MYSQL_HOST to the primary server, or switch read_only off.',
      }),
    );
  }
  const summary = `Strict, ${zone}, packets of up to ${mebibytes(packet)}.`;
  return findings.length > 0 ? findings : [ok(summary)];
}
