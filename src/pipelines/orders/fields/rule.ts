import { Broken } from '../../../cdc/types/column-type.ts';

/** Reads one field: its clean value, or the rule that it breaks. An absent field arrives as undefined. */
export type Rule<T> = (value: unknown) => T | Broken;

const missing = new Broken('required');

/** The rule for a field that may be absent or null. */
export function optional<T>(rule: Rule<T>): Rule<T | null> {
  return (value) => (value === undefined || value === null ? null : rule(value));
}

/** The rule for a field that must be there. */
export function required<T>(rule: Rule<T>): Rule<T> {
  return (value) => (value === undefined || value === null ? missing : rule(value));
}

/** The rule for a field that has a default. */
export function withDefault<T>(rule: Rule<T>, fallback: T): Rule<T> {
  return (value) => (value === undefined || value === null ? fallback : rule(value));
}
