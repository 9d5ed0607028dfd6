import type { Api } from '../http/api/types.ts';
import type { CommandContext } from '../operations/command-context.ts';
import { createHttpBackfills } from './http-backfills.ts';
import { createHttpLetters } from './http-letters.ts';
import { createHttpRedrives } from './http-redrives.ts';

/** Everything that the HTTP API does, from connections that the process has open. */
export function createHttpApi(place: CommandContext): Api {
  return {
    backfills: createHttpBackfills(place),
    letters: createHttpLetters(place),
    redrives: createHttpRedrives(place),
  };
}
