import { type Command, Option } from 'commander';
import { z, type ZodType } from 'zod';
import { parseRequest } from '../errors/parse-request.ts';
import { flagOf } from './flag-of.ts';
import { wholeFrom } from './numbers.ts';

interface JsonField {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
}

/** What help says that a schema does not. */
interface HelpWords {
  /** What a value is called, by field; of fields that are not here: n for a number, else text. */
  readonly values: Readonly<Record<string, string>>;
  /** What happens without something that is done unless it is forbidden, by field. */
  readonly without?: Readonly<Record<string, string>>;
}

/**
 * Gives a command an option for each field of a request's schema, as OpenAPI describes them too. A field that is true
 * by default gets a flag that forbids it.
 */
export function addOptions(
  command: Command,
  schema: z.ZodObject,
  { values, without = {} }: HelpWords,
): Command {
  const { properties, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  for (const [name, field] of Object.entries((properties ?? {}) as Record<string, JsonField>)) {
    const isNumber = field.type === 'integer';
    const value = field.type === 'boolean' ? '' : ` <${values[name] ?? (isNumber ? 'n' : 'text')}>`;
    const flag = field.default === true ? `--no-${flagOf(name).slice(2)}` : flagOf(name);
    const option = new Option(`${flag}${value}`, asHelp(without[name] ?? field.description ?? ''));
    if (field.enum !== undefined) option.choices(field.enum);
    if (isNumber) option.argParser(wholeFrom(field.minimum ?? 0));
    if (typeof field.default === 'string') option.default(field.default);
    if (required.includes(name)) option.makeOptionMandatory();
    command.addOption(option);
  }
  return command;
}

/**
 * A request of what was typed: the flags that are fields of its schema.
 *
 * @throws RequestError
 */
export function requestOf<T extends z.ZodObject>(schema: T, flags: object): z.output<T> {
  const own = Object.entries(flags).filter(([name]) => name in schema.shape);
  return parseRequest<T & ZodType>(schema, Object.fromEntries(own));
}

function asHelp(description: string): string {
  return description.charAt(0).toLowerCase() + description.slice(1);
}
