import { ok, problem, warning, type Check, type Finding } from '../check.ts';
import type { SqlReader } from '../context.ts';
import { missingPrivileges, parseGrants, type Grants } from '../grants.ts';

const toLoad = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const toMigrate = ['CREATE', 'ALTER', 'DROP', 'INDEX'];

export const targetPrivileges: Check = {
  name: 'privileges',
  area: 'MySQL target',
  needs: ['target'],
  async run({ target, config }) {
    const grants = await readGrants(target);
    const { MYSQL_DATABASE, MYSQL_REPLICA_DATABASE } = config.settings;
    return judgeTargetPrivileges(grants, config.target.user, [MYSQL_DATABASE, MYSQL_REPLICA_DATABASE]);
  },
};

export const sourcePrivileges: Check = {
  name: 'privileges',
  area: 'MySQL source',
  needs: ['source'],
  async run({ source, config }) {
    return judgeSourcePrivileges(await readGrants(source), config.source.user, config.source.database);
  },
};

/** Grants of the user that the reader logs in as. */
export async function readGrants(reader: SqlReader): Promise<Grants> {
  const rows = await reader.query<Record<string, string>>('SHOW GRANTS');
  return parseGrants(rows.flatMap((row) => Object.values(row)));
}

export function judgeTargetPrivileges(grants: Grants, user: string, databases: readonly string[]): Finding[] {
  const findings = databases.flatMap((database) => {
    const load = missingPrivileges(grants, database, toLoad);
    const migrate = missingPrivileges(grants, database, toMigrate);
    return [
      ...lacks(grants, user, database, load, 'Alir cannot load batches there.', 'problem'),
      ...lacks(
        grants,
        user,
        database,
        migrate,
        'Alir cannot create or change tables there (alir migrate).',
        'warning',
      ),
    ];
  });
  return findings.length > 0
    ? findings
    : [ok(`${user} may write and change tables in ${databases.join(' and ')}.`)];
}

export function judgeSourcePrivileges(grants: Grants, user: string, database: string): Finding[] {
  const read = missingPrivileges(grants, database, ['SELECT']);
  const binlog = missingPrivileges(grants, '*', ['REPLICATION CLIENT']);
  const findings = [
    ...lacks(grants, user, database, read, 'Alir cannot read tables of the source.', 'problem'),
    ...lacks(
      grants,
      user,
      '*',
      binlog,
      'Alir cannot see the end of the binlog, which Maxwell must reach first: it neither reads tables again (alir replica reload) nor confirms differences (alir verify).',
      'problem',
    ),
  ];
  return findings.length > 0 ? findings : [ok(`${user} may read ${database} and see the binlog's files.`)];
}

function lacks(
  { hasRoles }: Grants,
  user: string,
  database: string,
  missing: readonly string[],
  means: string,
  level: 'problem' | 'warning',
): Finding[] {
  if (missing.length === 0) return [];
  const where = database === '*' ? '*.*' : `\`${database}\`.*`;
  const trouble = {
    found: `${user} has no ${missing.join(', ')} on ${where}${hasRoles ? ', unless by a role' : ''}.`,
    means,
    todo: `As an administrator: GRANT ${missing.join(', ')} ON ${where} TO '${user}'@…`,
  };
  return [level === 'problem' && !hasRoles ? problem(trouble) : warning(trouble)];
}
