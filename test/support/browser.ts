import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { installPackages } from '../../src/lab/stack/native/obtain/debian.ts';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** Starts a headless Chromium that talks to this machine only; installs Debian's where Alir may. */
export async function startBrowser(): Promise<Browser> {
  if (!find())
    await installPackages([['chromium']], 'The browser test needs Chromium', (line) =>
      process.stderr.write(`${line}\n`),
    );
  return chromium.launch({
    executablePath: find() ?? 'chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function find(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .flatMap((folder) => programs.map((program) => join(folder, program)))
    .find((file) => existsSync(file));
}
