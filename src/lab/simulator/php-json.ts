/** A text as PHP's json_encode writes it by default: `\/` and `\uXXXX` in lower case. */
export function phpText(text: string): string {
  const json = JSON.stringify(text);
  if (!/[/\u0080-\uffff]/.test(json)) return json;
  return json
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** An object from members whose values are JSON already. */
export function phpObject(members: readonly (readonly [name: string, json: string])[]): string {
  let json = '{';
  for (const [name, value] of members) json += `${json.length > 1 ? ',' : ''}"${name}":${value}`;
  return `${json}}`;
}
