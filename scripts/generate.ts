/** Generates the Prisma client (npm ci runs this as `prepare`). Nothing is downloaded. */
import { execaSync } from 'execa';
import { projectRoot } from '../src/config/project-root.ts';

// `prisma generate` looks for a schema engine that it would download; it never runs it, so any existing file serves.
execaSync('prisma', ['generate', '--no-hints'], {
  cwd: projectRoot,
  preferLocal: true,
  stdio: 'inherit',
  env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
});
