/** Reads a Java properties file as Maxwell writes its own: one `name=value` a line, the last one of a name counts. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*([^#!\s=:][^\s=:]*)\s*[=:]?\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) found.set(name, value);
  }
  return found;
}
