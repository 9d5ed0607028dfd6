import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../../src/config/project-root.ts';

/** As the SDK's lines come: in the fields, in those of a child, deep inside, in an error, and in a sentence. */
const script = `
  import { createLogger } from './src/observability/logger.ts';
  const taskToken = 'cmFoYXNpYQ==';
  const logger = createLogger('info').child({ taskToken, activity: 'upsertBatch' });
  const err = Object.assign(new Error('away'), { taskToken });
  logger.warn({ taskToken, task_token: taskToken, meta: { input: { taskToken } }, err }, 'no TaskToken(cmFoYXNpYQ==)');
`;
const node = [process.execPath, '--input-type=module', '-e', script];
const options = { cwd: projectRoot, env: { ...process.env, NO_COLOR: '1' } };
const limit = { timeout: 60_000 };

/** util-linux gives a command a terminal of its own. */
const hasTerminal = ((): boolean => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

describe('a log line', () => {
  test('is JSON where nobody looks, without the token of a task', limit, async () => {
    const { stderr, stdout } = await promisify(execFile)(node[0]!, node.slice(1), options);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/cmFoYXNpYQ|task_?token/i);
    expect(JSON.parse(stderr)).toMatchObject({
      ...{ level: 40, name: 'alir', activity: 'upsertBatch', msg: 'no (a task)' },
      ...{ meta: { input: {} }, err: { message: 'away' } },
    });
  });

  test.skipIf(!hasTerminal)('is for people on a terminal, without it as well', limit, async () => {
    const command = node.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], options);
    expect(stdout).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: no \(a task\) \{"activity":"upsertBatch",/);
    expect(stdout).not.toMatch(/cmFoYXNpYQ|task_?token/i);
  });
});
