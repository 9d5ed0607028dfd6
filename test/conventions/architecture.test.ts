import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { drawFlow } from '../../scripts/draw.ts';

test('the picture of docs/architecture.md is what its source draws', async () => {
  const picture = readFileSync(join(projectRoot, 'docs/architecture/flow.svg'), 'utf8');
  expect(picture, 'npm run draw').toBe(await drawFlow());
});
