/** Draws docs/architecture/flow.svg from flow.dot beside it: npm run draw. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { projectRoot } from '../src/config/project-root.ts';

const folder = join(projectRoot, 'docs', 'architecture');

/** The picture as SVG. */
export async function drawFlow(): Promise<string> {
  const graphviz = await Graphviz.load();
  return graphviz.layout(readFileSync(join(folder, 'flow.dot'), 'utf8'), 'svg', 'dot');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(folder, 'flow.svg'), await drawFlow());
