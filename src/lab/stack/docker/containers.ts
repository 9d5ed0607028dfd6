import { compose } from './compose.ts';

/** A container of the stack. */
export interface Container {
  /** Its service in docker-compose.yml. */
  readonly service: string;
  /** created, running, restarting, exited, … */
  readonly state: string;
  /** healthy, unhealthy, starting, or empty where nothing looks. */
  readonly health: string;
}

/** The containers of all profiles, also those that have ended. */
export async function listContainers(): Promise<Container[]> {
  const { failed, stdout } = await compose(['--profile', '*', 'ps', '--all', '--format', 'json']);
  if (failed) return [];
  // A line for each container; before Compose 2.21 one list of them.
  const entries = stdout.trimStart().startsWith('[') ? (JSON.parse(stdout) as Entry[]) : linesOf(stdout);
  return entries.map(({ Service, State, Health }) => ({
    service: Service,
    state: State,
    health: Health ?? '',
  }));
}

interface Entry {
  readonly Service: string;
  readonly State: string;
  readonly Health?: string;
}

function linesOf(text: string): Entry[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Entry);
}
