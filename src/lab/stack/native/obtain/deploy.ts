import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../../config/project-root.ts';

/** Path of a file in `deploy/`, from sources and from a build alike. */
export function deployFile(...parts: string[]): string {
  return join(projectRoot, 'deploy', ...parts);
}

/** Content of a configuration file in `deploy/`. */
export function readDeployFile(...parts: string[]): string {
  return readFileSync(deployFile(...parts), 'utf8');
}

/** A configuration file of `deploy/` with the settings of one stack appended. */
export function withSettings(template: string, settings: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return `${template.trimEnd()}\n\n# Of this stack\n${lines.join('\n')}\n`;
}
