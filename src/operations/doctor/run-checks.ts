import { setTimeout as delay } from 'node:timers/promises';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { problem, servers, skipped, type Area, type Check, type Finding, type Server } from './check.ts';
import { remedyOf } from '../other-stacks.ts';
import type { DoctorContext } from './context.ts';

/** A finding with the check that made it. */
export interface Result extends Finding {
  readonly area: Area;
  readonly name: string;
}

/** The checks of an examination: whether each server answers, and everything else. */
export interface CheckList {
  readonly reach: Readonly<Record<Server, Check>>;
  readonly others: readonly Check[];
}

export interface Examination {
  readonly results: readonly Result[];
  /** Servers that answered. */
  readonly reached: readonly Server[];
}

/**
 * Runs every check, side by side, each with a time limit. A check that needs a server which is away is skipped; one
 * that throws has found a problem, or was refused what it wanted to read.
 */
export async function runChecks(
  context: DoctorContext,
  list: CheckList,
  limitMs: number,
): Promise<Examination> {
  const reachResults = await Promise.all(
    servers.map((server) => runOne(list.reach[server], context, limitMs, findingOfAbsence)),
  );
  const reached = servers.filter((_server, index) =>
    reachResults[index]?.every(({ level }) => level === 'ok'),
  );
  const others = await Promise.all(
    list.others.map(async (check) => {
      const away = check.needs.find((server) => !reached.includes(server));
      if (away) return [resultOf(check, skipped(`Not checked: ${list.reach[away].area} does not answer.`))];
      return runOne(check, context, limitMs, findingOfError);
    }),
  );
  return { results: [...reachResults, ...others].flat(), reached };
}

async function runOne(
  check: Check,
  context: DoctorContext,
  limitMs: number,
  findingOf: (error: unknown) => Finding,
): Promise<Result[]> {
  const finished = new AbortController();
  const limit = delay(limitMs, undefined, { signal: finished.signal }).then(
    () => {
      throw new AlirError('CHECK_FAILED', `No answer within ${limitMs / 1000} s.`, {
        remedy: 'Try again, and check the load and the log of the server.',
      });
    },
    () => [], // the check was faster
  );
  try {
    const findings = await Promise.race([check.run(context), limit]);
    return findings.map((finding) => resultOf(check, finding));
  } catch (error) {
    return [resultOf(check, findingOf(error))];
  } finally {
    finished.abort();
  }
}

function resultOf({ area, name }: Check, finding: Finding): Result {
  return { area, name, ...finding };
}

const refusals: ReadonlySet<string> = new Set(['MYSQL_ACCESS_DENIED', 'KAFKA_ACCESS_DENIED']);

function findingOfError(error: unknown): Finding {
  const { found, todo } = describeError(error);
  if (error instanceof AlirError && refusals.has(error.code)) return skipped(found, todo);
  return problem({ found, means: 'This check did not finish.', todo });
}

function findingOfAbsence(error: unknown): Finding {
  return problem({
    ...describeError(error),
    means: 'No row gets past it, and doctor skips the checks that need it.',
  });
}

function describeError(error: unknown): { found: string; todo: string } {
  const todo = error instanceof AlirError ? remedyOf(error) : 'Report it with this output.';
  const found = messageOf(error).trim();
  return { found: /[.!?]$/.test(found) ? found : `${found}.`, todo };
}
