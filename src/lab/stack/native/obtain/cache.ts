import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { claimHolder, releaseClaim, takeClaim } from '../claim.ts';

/** Tells what is being done, one sentence at a time. */
export type Tell = (text: string) => void;

/** Folder for what is downloaded once per user: ALIR_CACHE_DIR, else alir in the XDG cache folder. */
export function cacheFolder(): string {
  const chosen = process.env['ALIR_CACHE_DIR'];
  if (chosen) return chosen;
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'alir');
}

/**
 * A folder of the cache, made on first use. `make` fills an empty folder that is renamed when it is complete, so a
 * broken download is never used; of two processes the second waits for the first.
 */
export async function obtainOnce(
  key: string,
  tell: Tell,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const root = cacheFolder();
  const folder = join(root, key);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const claim = join(root, `.${key}.claim`);
  await waitForClaim(claim, () => tell('another process is fetching it; waiting'));
  try {
    if (existsSync(folder)) return folder;
    for (const name of readdirSync(root)) {
      if (name.startsWith(`.${key}.part`)) rmSync(join(root, name), { recursive: true, force: true });
    }
    const part = mkdtempSync(join(root, `.${key}.part`));
    try {
      await make(part);
      renameSync(part, folder);
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    return folder;
  } finally {
    releaseClaim(claim);
  }
}

/** Part of a cache key that changes with the files that say what to fetch. */
export function fingerprint(...files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 8);
}

async function waitForClaim(claim: string, waiting: () => void): Promise<void> {
  let told = false;
  while (takeClaim(claim) !== null) {
    if (!told) waiting();
    told = true;
    while (claimHolder(claim)) await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
