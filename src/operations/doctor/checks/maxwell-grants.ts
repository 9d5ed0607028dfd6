import { AlirError } from '../../../errors/alir-error.ts';
import { ok, problem, skipped, warning, type Check, type Finding } from '../check.ts';
import type { SqlReader } from '../context.ts';
import { missingPrivileges, parseGrants, type Grants } from '../grants.ts';
import { readMaxwellSettings } from '../maxwell-file.ts';
import { maxwellNames } from '../maxwell-reader.ts';

/** What Maxwell's own user may do, where our user may see it. */
export const maxwellGrants: Check = {
  name: 'privileges of its user',
  area: 'Maxwell',
  needs: ['source'],
  async run({ source, config, stack }) {
    const named = readMaxwellSettings(stack)?.get('user');
    const user = named ?? 'maxwell';
    const accounts = await readAccounts(source, user);
    if (accounts === null) {
      const todo = `As an administrator: SHOW GRANTS FOR '${user}'@'%'`;
      return [skipped(`${config.source.user} may not see what the user ${user} may do.`, todo)];
    }
    if (accounts.length === 0 && named === undefined)
      return [skipped(`There is no user ${user}, and no settings say which user Maxwell connects as.`)];
    return [
      judgeMaxwellGrants(user, accounts, {
        schema: maxwellNames(config).schema,
        source: config.source.database,
      }),
    ];
  },
};

async function readAccounts(source: SqlReader, user: string): Promise<Grants[] | null> {
  try {
    const hosts = await source.query<{ host: string }>('SELECT host FROM mysql.user WHERE user = ?', [user]);
    return await Promise.all(
      hosts.map(async ({ host }) => {
        const rows = await source.query<Record<string, string>>('SHOW GRANTS FOR ?@?', [user, host]);
        return parseGrants(rows.flatMap((row) => Object.values(row)));
      }),
    );
  } catch (error) {
    if (error instanceof AlirError && error.code === 'MYSQL_ACCESS_DENIED') return null;
    throw error;
  }
}

/** @param accounts grants of the user for each host that it may come from; one that has all is enough */
export function judgeMaxwellGrants(
  user: string,
  accounts: readonly Grants[],
  { schema, source }: { schema: string; source: string },
): Finding {
  const lacking = accounts.map((grants) => ({
    hasRoles: grants.hasRoles,
    missing: [
      ...missingPrivileges(grants, '*', ['REPLICATION SLAVE', 'REPLICATION CLIENT']).map(
        (name) => `${name} on *.*`,
      ),
      ...missingPrivileges(grants, source, ['SELECT']).map((name) => `${name} on ${source}`),
      ...missingPrivileges(grants, schema, ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER']).map(
        (name) => `${name} on ${schema}`,
      ),
    ],
  }));
  if (lacking.some(({ missing }) => missing.length === 0))
    return ok(`The user ${user} may read the binlog and ${source}, and keep its state in ${schema}.`);
  const least = lacking.sort((one, other) => one.missing.length - other.missing.length)[0];
  const trouble = {
    found: least ? `The user ${user} has no ${least.missing.join(', ')}.` : `There is no user ${user}.`,
    means: 'Maxwell cannot start, or cannot read a table that it has not seen yet.',
    todo: `As an administrator: GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO '${user}'@…, and ALL ON \`${schema}\`.*`,
  };
  return least?.hasRoles ? warning(trouble) : problem(trouble);
}
