import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../cdc/json/exact-number.ts';
import { readEnvelope } from '../../cdc/maxwell/envelope.ts';
import { field, request, RequestError } from '../../errors/request-error.ts';

/** A member of a record that gets a value. */
export interface Setting {
  /** Names and list indexes from the outside in. */
  readonly steps: readonly string[];
  /** JSON where it parses as such, else a text. Read anew for each record: records must not share lists or objects. */
  readonly value: string;
}

/**
 * A setting as people write it: `items.0.price=12000`.
 *
 * @throws RequestError
 */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=');
  if (at < 1)
    throw new RequestError(request`${field('set')} needs a path and a value.`, {
      remedy: 'Write path=value: items.0.price=12000',
    });
  const path = text.slice(0, at).trim();
  const steps = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  if (steps.some((step) => step === '' || step === '__proto__'))
    throw new RequestError(request`${field('set')} ${path} is no path.`, {
      remedy: 'Write names and indexes with dots between them: items.0.price',
    });
  return { steps, value: text.slice(at + 1) };
}

function valueOf(text: string): JsonValue {
  // As the only member of an object: the decoder reads objects, and refuses what is ambiguous.
  const decoded = decodeJsonObject(Buffer.from(`{"":${text}}`));
  const isOne = decoded.ok && Object.keys(decoded.value).length === 1;
  return isOne ? (decoded.value[''] ?? null) : text;
}

/**
 * Sets a member of a record, in place. The last name of a path may be new; an index may be the next one of its list.
 * Reasons speak of the fields of a row: in a message of Maxwell those are in its `data`.
 *
 * @returns what is wrong with the path; null: the member is set
 */
export function setPath(record: JsonObject, { steps, value }: Setting): string | null {
  const path = steps.join('.');
  let parent: JsonValue = rootOf(record, steps[0] ?? '');
  for (let depth = 0; depth < steps.length - 1; depth += 1) {
    const child = memberOf(parent, steps[depth] ?? '');
    const name = steps.slice(0, depth + 1).join('.');
    if (child === undefined) return `${path} cannot be set: there is no ${name}`;
    if (!Array.isArray(child) && !isJsonObject(child))
      return `${path} cannot be set: ${name} is neither a list nor an object`;
    parent = child;
  }
  const last = steps.at(-1) ?? '';
  if (!Array.isArray(parent)) parent[last] = valueOf(value);
  else if (/^\d+$/.test(last) && Number(last) <= parent.length) parent[Number(last)] = valueOf(value);
  else return `${path} cannot be set: the list has ${parent.length} items, and ${last} is none of them`;
  return null;
}

function rootOf(record: JsonObject, first: string): JsonObject {
  const message = Object.hasOwn(record, first) ? null : readEnvelope(record);
  return message?.kind === 'row' && isJsonObject(record['data']) ? record['data'] : record;
}

function memberOf(parent: JsonValue, step: string): JsonValue | undefined {
  if (Array.isArray(parent)) return /^\d+$/.test(step) ? parent[Number(step)] : undefined;
  return isJsonObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}
