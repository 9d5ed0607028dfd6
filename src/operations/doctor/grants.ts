/** What a user may do, as SHOW GRANTS prints it. */
export interface Grants {
  readonly privileges: readonly Privileges[];
  /** The user also has roles, whose privileges SHOW GRANTS may leave out. */
  readonly hasRoles: boolean;
}

interface Privileges {
  readonly names: ReadonlySet<string>;
  /** `*`, or a pattern as in LIKE. */
  readonly database: string;
}

const identifier = '(?:\\*|`(?:[^`]|``)+`)';
const onDatabase = new RegExp(`^GRANT (.+) ON (${identifier})\\.\\* TO `);
const ofRole = /^GRANT (?:(?! ON ).)+ TO /;

/** Reads the lines of SHOW GRANTS. What is granted on single tables and columns does not count. */
export function parseGrants(lines: readonly string[]): Grants {
  const privileges: Privileges[] = [];
  for (const line of lines) {
    const [, names = '', scope = ''] = onDatabase.exec(line) ?? [];
    if (scope === '') continue;
    privileges.push({
      names: new Set(names.split(',').map((name) => asInMysql(name.trim().toUpperCase()))),
      database: scope.replace(/^`|`$/g, '').replaceAll('``', '`'),
    });
  }
  return { privileges, hasRoles: lines.some((line) => ofRole.test(line)) };
}

/** MariaDB has had another name for this one since 10.5. */
function asInMysql(name: string): string {
  return name === 'BINLOG MONITOR' ? 'REPLICATION CLIENT' : name;
}

/** The privileges of `needed` that the user lacks on a database; `*`: on the whole server. */
export function missingPrivileges(
  { privileges }: Grants,
  database: string,
  needed: readonly string[],
): string[] {
  const held = privileges.filter((each) => covers(each.database, database));
  return needed.filter(
    (name) => !held.some(({ names }) => names.has(name) || names.has('ALL PRIVILEGES') || names.has('ALL')),
  );
}

function covers(pattern: string, database: string): boolean {
  if (pattern === '*') return true;
  if (database === '*') return false;
  const source = pattern.replace(/\\(.)|[\s\S]/g, (part, escaped: string | undefined) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return (escaped ?? part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's').test(database);
}
