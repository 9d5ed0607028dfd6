/** A name as SQL takes it, whatever it holds. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A text as SQL takes it in a session without NO_BACKSLASH_ESCAPES; for DDL, which has no parameters. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/**
 * The values of an ENUM or SET, from its COLUMN_TYPE. MySQL and MariaDB print `\\`, `\n`, `\r`, `\0` and `''` there,
 * whatever the session's NO_BACKSLASH_ESCAPES, and all other characters as they are.
 */
export function listValues(columnType: string): string[] {
  const quoted = columnType.match(/'(?:[^'\\]|''|\\.)*'/gs) ?? [];
  return quoted.map((text) => unquoteText(text));
}

/** The text that a quoted SQL literal means, in quotes of either kind; both are characters as others in the other. */
export function unquoteText(literal: string): string {
  const quote = literal.charAt(0);
  return literal
    .slice(1, -1)
    .replace(quote === '"' ? /""|\\(.)/gs : /''|\\(.)/gs, (_, escaped?: string) =>
      escaped === undefined ? quote : (controls[escaped] ?? escaped),
    );
}

const controls: Readonly<Record<string, string>> = { 0: '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\x1a' };
