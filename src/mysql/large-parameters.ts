/**
 * Statements whose parameters are megabytes.
 *
 * Prisma writes a statement's parameters as JSON, reads them again, and keeps those of its last hundred statements for
 * reports of errors. A batch of 5,000 rows was in the heap four times, and V8 collected the whole heap five times a
 * second. So Prisma gets a short token, and the adapter of the driver puts the text in its place.
 */
import { randomUUID } from 'node:crypto';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { clearLogs } from '@prisma/debug';
import type { Database } from './connection.ts';

type Adapter = Awaited<ReturnType<PrismaMariaDb['connect']>>;
type Queryable = Pick<Adapter, 'executeRaw' | 'queryRaw'>;
type Query = Parameters<Adapter['executeRaw']>[0];
type Parameter = string | number;
type Client = Pick<Database, '$executeRawUnsafe' | '$queryRawUnsafe'>;

/** Characters from which a text is not given to Prisma. */
const large = 4_096;

/** Nobody else can know the tokens, so no value from elsewhere is ever taken for one. */
const secret = randomUUID();
const tokenLength = `${secret} 0000000000`.length;
const lent = new Map<unknown, string>();
let count = 0;

/** `$executeRawUnsafe` with parameters of any size. */
export function executeLarge(
  client: Client,
  sql: string,
  ...parameters: readonly Parameter[]
): Promise<number> {
  return withTokens(parameters, (tokens) => client.$executeRawUnsafe(sql, ...tokens));
}

/** `$queryRawUnsafe` with parameters of any size. */
export function queryLarge<Row>(
  client: Client,
  sql: string,
  ...parameters: readonly Parameter[]
): Promise<Row[]> {
  return withTokens(parameters, (tokens) => client.$queryRawUnsafe<Row[]>(sql, ...tokens));
}

async function withTokens<Result>(
  parameters: readonly Parameter[],
  work: (tokens: readonly Parameter[]) => Promise<Result>,
): Promise<Result> {
  const tokens = parameters.map((value) =>
    typeof value === 'string' && value.length >= large ? lend(value) : value,
  );
  try {
    return await work(tokens);
  } finally {
    for (const token of tokens) if (lent.delete(token)) clearLogs(); // the adapter's notes have the text
  }
}

function lend(text: string): string {
  count += 1;
  const token = `${secret} ${String(count).padStart(10, '0')}`;
  lent.set(token, text);
  return token;
}

/** Prisma's adapter, which puts texts in the place of their tokens. */
export class LargeParametersAdapter extends PrismaMariaDb {
  override async connect(): Promise<Adapter> {
    const adapter = withTexts(await super.connect());
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => withTexts(await start(level));
    return adapter;
  }
}

function withTexts<Kind extends Queryable>(queryable: Kind): Kind {
  const execute = queryable.executeRaw.bind(queryable);
  const query = queryable.queryRaw.bind(queryable);
  queryable.executeRaw = (statement) => execute(filled(statement));
  queryable.queryRaw = (statement) => query(filled(statement));
  return queryable;
}

function filled(query: Query): Query {
  if (lent.size === 0) return query;
  return { ...query, args: query.args.map(textOf) };
}

function textOf(argument: unknown): unknown {
  const isToken = typeof argument === 'string' && argument.length === tokenLength;
  return isToken ? (lent.get(argument) ?? argument) : argument;
}
