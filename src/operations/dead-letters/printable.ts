/** What a terminal would obey, or what would change the order of the text around it. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

/** A text from a record, safe to print: what a terminal would obey is written as an escape. */
export function printable(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text on one line, cut to a length. */
export function cutTo(text: string, length: number): string {
  const safe = printable(text);
  if (safe.length <= length) return safe;
  return `${[...safe].slice(0, length - 1).join('')}…`;
}
