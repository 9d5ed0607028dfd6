import { isUtf8 } from 'node:buffer';
import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { Letter } from '../../metadata/dead-letters/read-letters.ts';
import { currentValue } from './correct-letter.ts';
import { indentedJson } from './json-lines.ts';

/**
 * The value of a letter as people edit it: JSON with one member a line, or the text as it is.
 *
 * @throws AlirError LETTER_INVALID where it is no text
 */
export function draftOf(letter: Letter): Buffer {
  const value = currentValue(letter) ?? Buffer.alloc(0);
  const decoded = decodeJsonObject(value);
  if (decoded.ok) return Buffer.from(indentedJson(decoded.value));
  if (isUtf8(value)) return value;
  throw new AlirError('LETTER_INVALID', `The value of the dead letter ${letter.id} is no UTF-8 text.`, {
    remedy: 'Give the whole value: alir dead-letters edit ID --from FILE',
  });
}
