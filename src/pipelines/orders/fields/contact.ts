import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** An Indonesian mobile number as people write it. The tests prove that libphonenumber makes the same of it. */
const mobile = /^(?:\+62|62|0)(8[1-9]\d{7,10})$/;

/**
 * A phone number in E.164, read as Indonesian unless it begins with + and a country code.
 *
 * @returns null when no such number is possible
 */
export function phoneNumber(text: string): string | null {
  const national = mobile.exec(withoutGaps(text))?.[1];
  if (national !== undefined) return `+62${national}`;
  return phoneNumberByLibrary(text);
}

/**
 * The same by libphonenumber alone: slower by a factor of ten, and the definition of what is right but for one thing.
 * 628… without a plus is a mobile number behind the country code, as everyone in Indonesia writes it; the library
 * takes the shorter ones for numbers of area code 62.
 */
export function phoneNumberByLibrary(text: string): string | null {
  const digits = withoutGaps(text);
  const number = parsePhoneNumberFromString(digits.startsWith('628') ? `+${digits}` : text, 'ID');
  return number?.isPossible() ? number.number : null;
}

function withoutGaps(text: string): string {
  return text.replace(/[ .-]/g, '');
}

/**
 * An e-mail address in lower case; the tag behind a plus stays, since it is part of the address.
 *
 * @param text cleaned, see `cleanText`
 * @returns null for what cannot be one: a space inside, not exactly one @, nothing before it, no dotted domain after it
 */
export function emailAddress(text: string): string | null {
  const address = text.toLowerCase();
  if (address.includes(' ')) return null;
  const at = address.indexOf('@');
  if (at < 1 || at !== address.lastIndexOf('@')) return null;
  const domain = address.slice(at + 1);
  const hasDot = domain.includes('.') && !domain.startsWith('.') && !domain.endsWith('.');
  return hasDot && !domain.includes('..') ? address : null;
}
