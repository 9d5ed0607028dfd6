import { isJsonObject, numberText, type JsonValue } from '../../cdc/json/exact-number.ts';
import { quoteJson } from '../../cdc/json/write-json.ts';

/** One line of a JSON value that is written with indents. */
export interface JsonLine {
  /** Names and list indexes from the outside in, with dots; '' is the value itself. */
  readonly path: string;
  readonly text: string;
  /** JSON of the member, where it is on this line alone; a closing bracket has none. */
  readonly leaf?: string;
  readonly closes?: true;
}

/** A value with one member a line, its numbers as they were written. */
export function jsonLines(value: JsonValue): JsonLine[] {
  const lines: JsonLine[] = [];
  write(lines, value, { path: '', before: '', indent: '', after: '' });
  return lines;
}

/** A value with indents, its numbers as they were written. */
export function indentedJson(value: JsonValue): string {
  return `${jsonLines(value)
    .map(({ text }) => text)
    .join('\n')}\n`;
}

interface Place {
  readonly path: string;
  /** What stands before the value on its line: the name. */
  readonly before: string;
  readonly indent: string;
  readonly after: string;
}

function write(lines: JsonLine[], value: JsonValue, place: Place): void {
  const { path, before, indent, after } = place;
  const members = membersOf(value);
  if (members === null || members.length === 0) {
    const leaf = members === null ? leafOf(value) : Array.isArray(value) ? '[]' : '{}';
    lines.push({ path, text: `${indent}${before}${leaf}${after}`, leaf });
    return;
  }
  const [opening, closing] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  lines.push({ path, text: `${indent}${before}${opening}` });
  members.forEach(([name, member], index) =>
    write(lines, member, {
      path: path === '' ? name : `${path}.${name}`,
      before: Array.isArray(value) ? '' : `${quoteJson(name)}: `,
      indent: `${indent}  `,
      after: index === members.length - 1 ? '' : ',',
    }),
  );
  lines.push({ path, text: `${indent}${closing}${after}`, closes: true });
}

function membersOf(value: JsonValue): [string, JsonValue][] | null {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item]);
  return isJsonObject(value) ? Object.entries(value) : null;
}

function leafOf(value: JsonValue): string {
  if (typeof value === 'string') return quoteJson(value);
  return numberText(value) ?? JSON.stringify(value);
}
