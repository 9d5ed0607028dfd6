import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Command lines of the processes that live in a folder or name it, this one left out. Linux only. */
export function processesOf(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const lives = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      if (command !== '' && (lives || command.includes(folder))) found.push(`${pid} ${command}`);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
