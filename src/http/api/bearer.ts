import { createHash, timingSafeEqual } from 'node:crypto';
import { AlirError } from '../../errors/alir-error.ts';

/**
 * A check of the header Authorization.
 *
 * @param token HTTP_TOKEN; undefined: nobody may call
 * @returns throws HTTP_TOKEN_UNSET or HTTP_TOKEN_WRONG
 */
export function bearerCheck(token: string | undefined): (header: string | undefined) => void {
  const expected = token === undefined ? null : digest(token);
  return (header) => {
    if (expected === null)
      throw new AlirError('HTTP_TOKEN_UNSET', 'HTTP_TOKEN is not set: the API is closed.');
    const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (given === undefined) throw new AlirError('HTTP_TOKEN_WRONG', 'The request has no bearer token.');
    if (!timingSafeEqual(digest(given), expected))
      throw new AlirError('HTTP_TOKEN_WRONG', 'The bearer token is not the one of this process.');
  };
}

/** Of one length whatever the token's is, so that the time of a comparison tells nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
