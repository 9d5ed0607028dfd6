import type { SqlReader } from './context.ts';

/** Global variables of a server by name, as text. One that this version does not know is absent. */
export type Variables = ReadonlyMap<string, string>;

/** Reads global variables. Sessions of Alir set some of their own, so theirs say nothing about the server. */
export async function readVariables(reader: SqlReader, names: readonly string[]): Promise<Variables> {
  const rows = await reader.query<{ Variable_name: string; Value: string }>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.map(() => '?').join(', ')})`,
    names,
  );
  return new Map(rows.map((row) => [row.Variable_name.toLowerCase(), row.Value]));
}

/** The zone that a server's sessions start in. */
export function zoneOf(variables: Variables): string {
  const zone = variables.get('time_zone') ?? '';
  return zone.toUpperCase() === 'SYSTEM' ? (variables.get('system_time_zone') ?? zone) : zone;
}

export function isUtc(zone: string): boolean {
  return ['UTC', '+00:00', '-00:00', 'ETC/UTC', 'GMT', 'UCT'].includes(zone.toUpperCase());
}
