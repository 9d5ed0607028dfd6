import type { Config } from '../../config/load-config.ts';
import { messageOf } from '../../errors/alir-error.ts';
import { maxwellNames, readFromSource, readPosition, type PositionFacts } from '../doctor/maxwell-reader.ts';

/** Maxwell writes a heartbeat every ten seconds and reads it back from the binlog: up to this age all is well. */
export const toleratedSeconds = 30;

/** How far Maxwell has come. What it has not read yet is in no topic, so no lag of a topic tells of it. */
export interface MaxwellStatus {
  /** Its client_id. */
  readonly client: string;
  /**
   * 'reading': it keeps up. 'silent': it has stopped, hangs, or is far behind. 'unknown': that cannot be seen. 'absent':
   * it has never read this server.
   */
  readonly state: 'reading' | 'silent' | 'unknown' | 'absent';
  /** "file:offset" of the source's binlog; null: not known. */
  readonly position: string | null;
  /** Since the newest heartbeat was written that it has read back, by the source's clock; null: not known. */
  readonly ageSeconds: number | null;
  /** What this adds to the lag of every table: the age, 0 as long as it is tolerated; null: not known. */
  readonly lagSeconds: number | null;
  /** Sentences: what is wrong and what to do; null where nothing is. */
  readonly problem: string | null;
  readonly remedy: string | null;
}

/** Never throws: a source that does not answer leaves it unknown how far Maxwell is. */
export async function readMaxwellStatus(config: Config): Promise<MaxwellStatus> {
  try {
    const facts = await readFromSource(config.source, (reader) => readPosition(reader, maxwellNames(config)));
    return judgeMaxwellStatus(facts, config.source.user);
  } catch (error) {
    const problem = `Maxwell's position is unknown, because the source did not answer: ${messageOf(error)}`;
    const { client } = maxwellNames(config);
    return unknown(client, problem, 'alir doctor');
  }
}

/** @param user that of Alir in the source, for the statement that lets it see Maxwell's tables */
export function judgeMaxwellStatus(facts: PositionFacts, user: string): MaxwellStatus {
  const { schema, client, positions, now } = facts;
  if (positions === 'denied') {
    const problem = `Maxwell's position is unknown: ${user} may not read ${schema}.positions.`;
    return unknown(client, problem, `As an administrator: GRANT SELECT ON \`${schema}\`.* TO '${user}'@…`);
  }
  if (positions === null) {
    const problem = `Maxwell has never read this server: there is no table ${schema}.positions.`;
    return { ...unknown(client, problem, 'Start Maxwell, or correct MAXWELL_DATABASE.'), state: 'absent' };
  }
  const own = positions.find((each) => each.client === client && each.serverId === facts.serverId);
  if (own === undefined) {
    const problem = `Maxwell's position is unknown: ${schema}.positions has no position of client ${client} at server ${facts.serverId}.`;
    return unknown(client, problem, 'alir doctor');
  }
  const position = own.file === null ? null : `${own.file}:${own.offset ?? 0}`;
  const at = position === null ? '' : ` at ${position}`;
  if (own.heartbeatRead === null) {
    const problem = `Maxwell (client ${client}) stands${at} and has not read a heartbeat yet: it has only just started, or is stuck.`;
    return { ...unknown(client, problem, 'alir doctor'), position };
  }
  const age = Math.max(0, now - own.heartbeatRead) / 1000;
  const known = { client, position, ageSeconds: age };
  if (age <= toleratedSeconds)
    return { ...known, state: 'reading', lagSeconds: 0, problem: null, remedy: null };
  const problem = `Maxwell (client ${client}) stands${at} and has passed nothing of the last ${secondsOf(age)}: changes made since then do not arrive.`;
  return { ...known, state: 'silent', lagSeconds: age, problem, remedy: 'alir doctor' };
}

function unknown(client: string, problem: string, remedy: string): MaxwellStatus {
  return { client, state: 'unknown', position: null, ageSeconds: null, lagSeconds: null, problem, remedy };
}

function secondsOf(age: number): string {
  return `${Math.round(age).toLocaleString('en-US')} s`;
}
