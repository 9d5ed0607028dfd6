import { field, request, RequestError } from '../errors/request-error.ts';
import { isTimeZone } from '../config/settings.ts';
import { momentOfMillis, namesZone, time } from '../pipelines/orders/fields/time.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const asUtc = time(0);

/**
 * Milliseconds since 1970 of a time as people write it: ISO 8601, a date alone (its midnight), or a duration back from
 * now ("90s", "15m", "2h", "3d").
 *
 * @param name of the field
 * @param zone IANA name of the time zone of texts without an offset
 * @throws RequestError
 */
export function parseTime(name: string, text: string, zone: string, now: number): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const at =
    amount === undefined ? absolute(name, text, zone) : now - Number(amount) * (unitMs[unit ?? ''] ?? 0);
  if (!Number.isSafeInteger(at) || at < 0) throw wrong(name, text, 'lies before 1970');
  if (at > now) throw wrong(name, text, `lies in the future: now is ${new Date(now).toISOString()}`);
  return at;
}

/** @throws RequestError unless it is the name of a zone */
export function checkZone(zone: string): void {
  if (!isTimeZone(zone))
    throw new RequestError(request`${field('zone')} ${zone} is not a time zone.`, {
      remedy: 'Name one of the tz database: Asia/Jakarta, Asia/Makassar, UTC.',
    });
}

function absolute(name: string, text: string, zone: string): number {
  const full = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text;
  const read = asUtc(full);
  if (!('seconds' in read)) throw wrong(name, text, 'is not a time');
  const utc = read.seconds * 1_000 + Math.floor(read.micros / 1_000);
  if (namesZone(full)) return utc;
  // Twice: the offset at the wall clock's time in UTC may not be the one at the moment itself.
  let at = utc - zoneOffsetMs(zone, utc);
  at = utc - zoneOffsetMs(zone, at);
  if (at + zoneOffsetMs(zone, at) !== utc) throw wrong(name, text, `does not exist in ${zone}`);
  return at;
}

/** How far the clocks of a zone are ahead of UTC at a moment. */
function zoneOffsetMs(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - momentOfMillis(at).seconds * 1_000;
}

function wrong(name: string, text: string, what: string): RequestError {
  return new RequestError(request`${field(name)} ${text} ${what}.`, {
    remedy: 'Write 2026-11-24T08:00, 2026-11-24T08:00+07:00, 2026-11-24, or back from now: 90s, 15m, 2h, 3d.',
  });
}
