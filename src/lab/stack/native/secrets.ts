import { randomBytes } from 'node:crypto';
import { readJson, writeJson, type StackFiles } from './stack-files.ts';

/** Passwords of a stack's MySQL users, and the id of its Kafka cluster. */
export interface StackSecrets {
  readonly root: string;
  readonly alir: string;
  readonly maxwell: string;
  readonly clusterId: string;
}

/** The secrets of a stack, made once and kept with it in a file for its owner only. */
export function stackSecrets(files: StackFiles): StackSecrets {
  const kept = readJson<StackSecrets>(files.secrets);
  if (kept) return kept;
  const made: StackSecrets = { root: secret(), alir: secret(), maxwell: secret(), clusterId: clusterId() };
  writeJson(files.secrets, made);
  return made;
}

/** Letters and digits only: it travels through SQL, properties files and connection addresses. */
function secret(): string {
  return randomBytes(18).toString('hex');
}

/** A UUID in the form that Kafka prints: base 64 without padding, not beginning with a dash. */
function clusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
