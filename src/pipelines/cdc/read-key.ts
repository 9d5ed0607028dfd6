import type { FieldReason, Key, Version } from '../pipeline.ts';
import { columnText } from '../rejections.ts';
import type { Dead } from './dead.ts';

/** A row's key, as far as Maxwell could read it. */
export interface ReadKey {
  readonly texts: Key;
  /** The column that it could not read, which a text has U+FFFD for; absent: it is the key. */
  readonly unread?: FieldReason;
}

/** A row's key, and the former one where it had another. */
export function keysOf({ texts }: ReadKey, former: ReadKey): readonly Key[] {
  return differ(texts, former.texts) ? [texts, former.texts] : [texts];
}

export function differ(one: Key, other: Key): boolean {
  return one.some((text, index) => text !== other[index]);
}

/**
 * The row that a dead record is about. None where the record gave the row another key: the former row stays, and a
 * newer version of the other one does not make up for that.
 */
export function aboutRow({ texts }: ReadKey, former: ReadKey, version: Version): Pick<Dead, 'about'> {
  return differ(texts, former.texts) ? {} : { about: { key: texts, version } };
}

/** No row has such a key, and several may be meant: what has become of them, the source alone tells. */
export function unreadKey(unread: FieldReason, refetch: readonly Key[]): Dead {
  const why = 'and it is part of the key: Alir reads all rows that it may stand for from the source';
  const reason = `${columnText(unread)}, ${why}`;
  return { kind: 'dead', code: 'ROW_REJECTED', reason, reasons: [unread], refetch };
}
