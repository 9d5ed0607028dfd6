import { userInfo } from 'node:os';
import { parseRequest } from '../../errors/parse-request.ts';
import { z } from 'zod';
import { actor } from './request.ts';

const named = z.object({ by: actor });

/**
 * Who changes letters: the given name, or that of the user at the system.
 *
 * @throws RequestError
 */
export function actorOf(by: string | undefined): string {
  return parseRequest(named, { by: by ?? systemUser() }).by;
}

/** In a container, a user may have a number only. */
function systemUser(): string {
  try {
    return userInfo().username.slice(0, 64);
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
