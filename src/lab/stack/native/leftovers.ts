import { signal, stillRuns, waitForEnd } from './process-identity.ts';
import type { StackFiles } from './stack-files.ts';

/**
 * Ends what a dead supervisor left running and forgets its run. Only processes that are still the very ones it
 * registered. Returns how many there were.
 */
export async function endLeftovers(files: StackFiles): Promise<number> {
  const left = files.readServers().filter(stillRuns);
  for (const server of left) signal(server, 'SIGTERM');
  await Promise.all(
    left.map(async (server) => {
      if (await waitForEnd(server, 5000)) return;
      signal(server, 'SIGKILL');
      await waitForEnd(server, 5000);
    }),
  );
  files.forgetRun();
  return left.length;
}
