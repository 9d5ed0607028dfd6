import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { ensureWorkflowBundle } from '../../temporal/worker/workflow-bundle.ts';

let sources: string[];
let codeBytes: number;

beforeAll(async () => {
  const bundle = readFileSync(await ensureWorkflowBundle(), 'utf8');
  const marker = 'sourceMappingURL=data:application/json;charset=utf-8;base64,';
  const at = bundle.lastIndexOf(marker);
  expect(at).toBeGreaterThan(0);
  const map = JSON.parse(Buffer.from(bundle.slice(at + marker.length), 'base64').toString()) as {
    sources: string[];
  };
  sources = map.sources.map((source) => source.replace(`${projectRoot}/`, ''));
  codeBytes = at;
}, 120_000);

test('the bundle holds the workflows and what they may import, nothing else of ours', () => {
  const ours = sources.filter((source) => /^(src|temporal)\//.test(source));
  const allowed =
    /^(temporal\/(workflows\/|(redrive-)?contract\.ts|activity-options\.ts)|src\/errors\/catalogue\.ts|src\/pipelines\/)/;
  expect(ours.length).toBeGreaterThan(2);
  expect(ours.filter((source) => !allowed.test(source))).toEqual([]);
});

test('the bundle holds no library but the workflow side of the Temporal SDK and what that needs', () => {
  const packages = new Set(
    sources.flatMap((source) => source.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []),
  );
  const known = ['nexus-rpc', 'ms', 'long']; // dependencies of @temporalio/workflow
  expect([...packages].filter((name) => !name.startsWith('@temporalio/') && !known.includes(name))).toEqual(
    [],
  );
});

test('the code stays under 700 KB: a jump means that something was imported that should not be', () => {
  expect(codeBytes).toBeLessThan(700_000);
});
