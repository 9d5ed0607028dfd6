import type { MaxwellStop } from '../../../cdc/maxwell/stop-finder.ts';
import { lastStopIn } from '../../../cdc/maxwell/stop-in-log.ts';
import { unreadablePartOf } from '../../../cdc/maxwell/unreadable-statement.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import { judgeMaxwellStatus, toleratedSeconds } from '../../status/maxwell-status.ts';
import { ok, problem, skipped, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';
import { searchBinlog, statementOf, type StopSearch } from '../find-maxwell-stop.ts';
import { maxwellNames, readPosition, type PositionFacts } from '../maxwell-reader.ts';

/** Where Maxwell passes nothing: the statement at which it stands, by its log or by the binlog after its position. */
export const maxwellStandstill: Check = {
  name: 'standstill',
  area: 'Maxwell',
  needs: ['source'],
  async run(context) {
    const facts = await readPosition(context.source, maxwellNames(context.config));
    const status = judgeMaxwellStatus(facts, context.config.source.user);
    if (status.state === 'reading') return [ok('Maxwell is making progress.')];
    const from = startOf(facts);
    if (status.position === null || from === null)
      return [skipped("Maxwell's position is unknown, and so is the statement where it is stuck.")];
    try {
      const search = await findStop(context, facts, from);
      return [judgeStandstill(search, facts)];
    } catch (error) {
      if (!(error instanceof AlirError) || error.code !== 'MYSQL_ACCESS_DENIED') throw error;
      const todo = `As an administrator: GRANT REPLICATION SLAVE ON *.* TO '${context.config.source.user}'@…`;
      return [
        skipped(
          `${context.config.source.user} may not read the binlog, so the statement where Maxwell is stuck is unknown.`,
          todo,
        ),
      ];
    }
  },
};

type Start = { readonly file: string; readonly offset: number };

function startOf({ positions, client, serverId, files }: PositionFacts): Start | null {
  if (positions === null || positions === 'denied') return null;
  const own = positions.find((each) => each.client === client && each.serverId === serverId);
  if (!own?.file || (files !== null && !files.includes(own.file))) return null;
  return { file: own.file, offset: own.offset ?? 4 };
}

/** The log tells it exactly, by the very words of the Maxwell that runs; the binlog by the rules of 1.22. */
async function findStop(
  { source, stack, config, readMaxwellLog }: DoctorContext,
  { files }: PositionFacts,
  from: Start,
): Promise<StopSearch> {
  const passed = `${from.file}:${from.offset}`;
  const logged = lastStopIn((await readMaxwellLog(stack)) ?? []);
  const stop = logged === null ? null : await statementOf(source, logged, passed);
  if (stop !== null) return { stop, readTo: stop.position };
  return searchBinlog(source, from, { database: config.source.database, files });
}

const recover =
  'Run: alir maxwell recover (Maxwell continues at the end of the binlog, and Alir reads every table again and verifies it).';

export function judgeStandstill(
  { stop, readTo }: StopSearch,
  { heartbeatWritten, now }: PositionFacts,
): Finding {
  if (stop !== null) {
    const part = (stop.statement === null ? null : unreadablePartOf(stop.statement)) ?? stop.part;
    return problem({
      found: `Maxwell does not get past ${stop.position}${placeOf(stop)}: ${textOf(stop)} (${part}).`,
      means:
        'It parses the statements of all databases before it applies its filter, and stops or hangs at this one on every start: no changes arrive from the source.',
      todo: recover,
    });
  }
  const seconds = heartbeatWritten === null ? Infinity : (now - heartbeatWritten) / 1000;
  if (seconds > toleratedSeconds) {
    return problem({
      found: `Maxwell gives no sign of life, and the binlog up to ${readTo} has nothing that is known to stop it.`,
      means: 'No changes arrive from the source.',
      todo: 'Start it (alir stack up, or: docker compose up -d maxwell). If it stops again, its log says why; then run: alir maxwell recover',
    });
  }
  return problem({
    found: `Maxwell is running but makes no progress, and the binlog up to ${readTo} has nothing that is known to block it.`,
    means:
      'No changes arrive from the source: Kafka does not accept its messages, or Maxwell is busy with a large transaction or a bootstrap.',
    todo: 'Check whether Kafka answers Maxwell (alir stack logs maxwell), then restart Maxwell; a bootstrap or a transaction ends by itself.',
  });
}

function placeOf({ database, table }: MaxwellStop): string {
  if (table !== null) return `, a change of ${table}`;
  return database === null ? '' : `, a statement in the database ${database}`;
}

const shownLength = 200;

/** Without the texts in it, which may be anything. */
function textOf({ statement, table }: MaxwellStop): string {
  if (statement === null) return `rows of ${table ?? 'a table'}`;
  const text = statement
    .replaceAll(/'(?:[^'\\]|''|\\[\s\S])*'/g, "'…'")
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}
