import { expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { isAway } from '../../../../src/operations/wait-for-server.ts';
import { toTemporalError } from '../../../../temporal/client/connection.ts';

const config = loadConfig({ TEMPORAL_ADDRESS: 'temporal:7233' });

test.each([
  ['tcp connect error: Connection refused', true, 'does not answer at temporal:7233'],
  ['no answer within 10 s', true, 'does not answer at temporal:7233'],
  ['invalid peer certificate: UnknownIssuer', false, 'cannot be trusted: invalid peer certificate'],
  ['GetSystemInfo: PermissionDenied: Request unauthorized.', false, 'refuses access'],
])('what the core says of a connection (%s) is waited for: %s', (text, waits, says) => {
  const error = toTemporalError(config, new Error(text));
  expect(error.message).toContain(says);
  expect(isAway(error)).toBe(waits);
});
