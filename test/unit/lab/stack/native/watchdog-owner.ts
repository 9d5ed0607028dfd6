/** A process that owns two servers, one of which does not end when it is asked to. */
import { spawn } from 'node:child_process';
import { Watchdog } from '../../../../../src/lab/stack/native/watchdog.ts';

const watchdog = new Watchdog();
const living = 'console.log(1); setInterval(() => {}, 1000);';
const pids: number[] = [];
for (const script of [living, `process.on("SIGTERM", () => {}); ${living}`]) {
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  watchdog.add(child.pid ?? 0);
  pids.push(child.pid ?? 0);
}
process.stdout.write(JSON.stringify(pids));
setInterval(() => undefined, 1000);
