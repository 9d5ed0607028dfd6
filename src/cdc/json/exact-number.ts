/** A JSON number that a double would change: its text as it was written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A decoded JSON value. Numbers that print exactly as they were written are plain numbers, all others ExactNumber. */
export type JsonValue = null | boolean | number | string | ExactNumber | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/**
 * The value of a JSON number's text: a number where `String(number)` gives the same text back, else an ExactNumber.
 *
 * @param text a number in JSON's grammar
 */
export function numberOf(text: string): number | ExactNumber {
  return survivesDouble(text) ? Number(text) : new ExactNumber(text);
}

/** The text of a number as the sender wrote it; undefined when the value is no number. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return value instanceof ExactNumber ? value.text : undefined;
}

/** Whether a value is a JSON object: neither list, nor number, nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/**
 * Whether a JSON number goes through a double and back without a change of its text.
 *
 * Up to 15 significant digits are always held; an exponent, a trailing zero after the point, -0 and fractions beyond
 * six places (printed with an exponent below 1e-6) are not printed as they were written.
 */
export function survivesDouble(text: string): boolean {
  if (text.length > 16) return false;
  let digits = 0;
  let fraction = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      digits++;
      if (fraction >= 0) fraction++;
    } else if (code === 46) fraction = 0;
    else if (code !== 45) return false;
  }
  if (digits > 15 || fraction > 6) return false;
  if (fraction > 0 && text.charCodeAt(text.length - 1) === 48) return false;
  return text !== '-0';
}
