import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeJsonObject,
  readLossless,
  readMarked,
  readerFor,
} from '../../../../src/cdc/json/decode-json.ts';
import { ExactNumber, numberOf, numberText, survivesDouble } from '../../../../src/cdc/json/exact-number.ts';
import { scanJson } from '../../../../src/cdc/json/scan-json.ts';
import { quoteJson, writeJson } from '../../../../src/cdc/json/write-json.ts';

const digits = fc.stringMatching(/^\d{1,25}$/);
const numberTexts = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^(0|[1-9]\d{0,24})$/), digits, fc.nat(2), fc.integer())
  .map(([sign, whole, fraction, form, exponent]) =>
    form === 0 ? sign + whole : form === 1 ? `${sign}${whole}.${fraction}` : `${sign}${whole}E${exponent}`,
  );
const strings = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u0001', '\u00015', '\\u0001', '\\', '"', '\\"', '1.50'),
  )
  .map((text) => JSON.stringify(text));
const space = fc.constantFrom('', ' ', '\n\t ');

/** JSON texts of every shape, with any number and with keys that occur twice. */
const { value: jsonTexts } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numberTexts,
    strings,
    fc.constantFrom('true', 'false', 'null'),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
      .map(([items, gap]) => `[${gap}${items.join(`,${gap}`)}]`),
    fc
      .tuple(
        fc.array(fc.tuple(fc.oneof(strings, fc.constantFrom('"a"', '"b"')), tie('value')), { maxLength: 4 }),
        space,
      )
      .map(([members, gap]) => `{${members.map(([key, item]) => `${key}${gap}:${item}`).join(',')}}`),
  ),
}));

/** Texts that are almost JSON: one or two characters put in, taken out or exchanged. */
const almostJson = fc
  .tuple(
    jsonTexts,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:-0159.eE \\u\u0001tn', '')), { maxLength: 2 }),
  )
  .map(([text, edits]) =>
    edits.reduce((edited, [at, piece]) => {
      const position = at % (edited.length + 1);
      return edited.slice(0, position) + piece + edited.slice(position + (at % 2));
    }, text),
  );

const outcomeOf = (read: () => unknown): unknown => {
  try {
    return { value: read() };
  } catch {
    return 'refused';
  }
};

describe('the fast way of reading JSON agrees with the lossless parser', () => {
  test.each([
    ['on JSON', jsonTexts],
    ['on what is almost JSON', almostJson],
  ])('%s', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        // An object with a key __proto__ is refused, see below; what the parsers make of it does not matter.
        fc.pre(readerFor(text) === readMarked && !text.includes('__proto__'));
        const fast = outcomeOf(() => readMarked(text, scanJson(text)));
        expect(fast).toEqual(outcomeOf(() => readLossless(text, scanJson(text))));
      }),
      { numRuns: 3000 },
    );
  });

  test('a number in the place of a key stays an error', () => {
    expect(decodeJsonObject(Buffer.from('{12345678901234567890: 1}'))).toMatchObject({
      code: 'RECORD_NOT_JSON',
    });
  });

  test('a text that begins with U+0001 is no mark', () => {
    const decoded = decodeJsonObject(Buffer.from('{"a":"\\u00011.50","b":1.50}'));
    expect(decoded).toEqual({ ok: true, value: { a: '\u00011.50', b: new ExactNumber('1.50') } });
  });
});

describe('numbers', () => {
  test('are plain only where a double prints them as they were written', () => {
    fc.assert(
      fc.property(numberTexts, (text) => {
        expect(numberText(numberOf(text))).toBe(text);
        if (survivesDouble(text)) expect(String(Number(text))).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  test('keep every digit from the message to the next one', () => {
    fc.assert(
      fc.property(fc.array(numberTexts), (texts) => {
        const decoded = decodeJsonObject(Buffer.from(`{"n":[${texts.join(',')}]}`));
        expect(decoded.ok && writeJson(decoded.value)).toBe(`{"n":[${texts.join(',')}]}`);
      }),
    );
  });
});

test('a key __proto__ is refused, whatever it holds', () => {
  for (const value of ['0.0', '1', '"x"', '{}']) {
    expect(decodeJsonObject(Buffer.from(`{"a":{"__proto__":${value}}}`))).toMatchObject({ ok: false });
  }
});

describe('a key that occurs twice is found', () => {
  test('wherever it is, whatever its values', () => {
    const members = fc.dictionary(fc.stringMatching(/^[a-c]$/), jsonTexts, { minKeys: 1 });
    fc.assert(
      fc.property(members, fc.boolean(), (object, deep) => {
        const [first = ['a', '1']] = Object.entries(object);
        const text = `{${[...Object.entries(object), first].map(([key, value]) => `"${key}":${value}`).join(',')}}`;
        const decoded = decodeJsonObject(Buffer.from(deep ? `{"x":[${text}]}` : text));
        expect(decoded).toMatchObject({ ok: false });
      }),
    );
  });
});

describe('messages made to hurt', () => {
  const megabyte = 1024 * 1024;
  // What costs more than its length (nested lists that are scanned again at each level, a pattern that backtracks) never
  // ends with a megabyte.
  test.each([
    ['a megabyte of [', '['.repeat(megabyte), 'RECORD_NOT_JSON'],
    ['a megabyte of {"a":', '{"a":'.repeat(megabyte / 5), 'RECORD_NOT_JSON'],
    ['a megabyte of digits in a list', `[${'9'.repeat(megabyte)}]`, 'RECORD_NOT_OBJECT'],
    ['a megabyte of quotes', `{"a":"${'\\"'.repeat(megabyte / 2)}`, 'RECORD_NOT_JSON'],
    ['a megabyte of backslashes', `{"a":"${'\\'.repeat(megabyte)}"`, 'RECORD_NOT_JSON'],
    ['many numbers that need marks', `[${'0.10,'.repeat(megabyte / 5)}0]`, 'RECORD_NOT_OBJECT'],
  ])(
    '%s is answered',
    (_, text, code) => {
      expect(decodeJsonObject(Buffer.from(text))).toMatchObject({ ok: false, code });
    },
    60_000,
  );

  test('balanced lists, 101 deep, are refused', () => {
    const text = `{"a":${'['.repeat(100)}${']'.repeat(100)}}`;
    expect(decodeJsonObject(Buffer.from(text))).toMatchObject({ ok: false, code: 'RECORD_NOT_JSON' });
  });

  test('a hundred levels are taken', () => {
    expect(decodeJsonObject(Buffer.from(`{"a":${'['.repeat(99)}${']'.repeat(99)}}`))).toMatchObject({
      ok: true,
    });
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeJsonObject(Buffer.from(bytes));
      }),
    );
  });

  test('the reason never quotes the message', () => {
    const decoded = decodeJsonObject(Buffer.from('{"secret": "rahasia", "secret2": rahasia}'));
    expect(decoded).toMatchObject({ reason: 'The value is not JSON: it breaks at character 34 of 41.' });
  });
});

test('a text is quoted as JSON.stringify quotes it', () => {
  const check = (text: string): void => {
    expect(quoteJson(text)).toBe(JSON.stringify(text));
  };
  fc.assert(fc.property(fc.string({ unit: 'binary' }), check));
  for (const text of ['"', '\\', '\u007f', '\n', '\ud800', ' !#[]~', '']) check(text);
});
