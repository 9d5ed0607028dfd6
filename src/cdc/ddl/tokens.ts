/** A part of a SQL statement. `text` is what it means: a name without its quotes, a word as it was written. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'sign';
  readonly text: string;
}

/** A token, or what stands between two parentheses. */
export type Part = Token | { readonly kind: 'group'; readonly parts: readonly Part[] };

/**
 * The parts of a DDL statement, groups within groups.
 *
 * Comments are left out, but for those whose content the server runs (they begin with `!` or `M!`). A text in double
 * quotes may be a name (ANSI_QUOTES): the reader takes it for either.
 *
 * @returns null when a quote, a comment or a parenthesis is not closed
 */
export function partsOf(sql: string): readonly Part[] | null {
  const tokens = tokensOf(sql);
  if (tokens === null) return null;
  const open: Part[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'sign' && token.text === '(') open.push([]);
    else if (token.kind === 'sign' && token.text === ')') {
      const parts = open.pop();
      if (parts === undefined || open.length === 0) return null;
      open.at(-1)?.push({ kind: 'group', parts });
    } else open.at(-1)?.push(token);
  }
  return open.length === 1 ? (open[0] ?? []) : null;
}

const space = /\s+/y;
const lineComment = /(?:--(?=\s|$)|#)[^\n]*/y;
const comment = /\/\*(?!M?!)[^]*?\*\//y;
/** The comment's begin alone: what it holds is read as if it stood outside. */
const runBegin = /\/\*M?!\d*/y;
const runEnd = /\*\//y;
const name = /`((?:[^`]|``)*)`/y;
const text = /'((?:[^'\\]|''|\\[^])*)'|"((?:[^"\\]|""|\\[^])*)"/y;
const word = /[\w$\u0080-\uffff]+/y;
const sign = /[^\s]/y;

function tokensOf(sql: string): Token[] | null {
  const tokens: Token[] = [];
  let place = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = place;
    const found = pattern.exec(sql);
    if (found !== null) place = pattern.lastIndex;
    return found;
  };
  while (place < sql.length) {
    if ([space, lineComment, comment, runBegin, runEnd].some((pattern) => take(pattern) !== null)) continue;
    const named = take(name);
    if (named !== null) {
      tokens.push({ kind: 'name', text: (named[1] ?? '').replaceAll('``', '`') });
      continue;
    }
    const quoted = take(text);
    if (quoted !== null) {
      tokens.push({
        kind: 'text',
        text: (quoted[1] ?? quoted[2] ?? '').replaceAll(/''|""/g, (two) => two.charAt(0)),
      });
      continue;
    }
    const plain = take(word);
    if (plain !== null) {
      tokens.push({ kind: 'word', text: plain[0] });
      continue;
    }
    const [other = ''] = take(sign) ?? [];
    if (/[`'"]/.test(other) || other === '') return null;
    if (other === '/' && sql.charAt(place) === '*') return null;
    tokens.push({ kind: 'sign', text: other });
  }
  return tokens;
}

/** The parts between the commas of a list. */
export function splitList(parts: readonly Part[]): readonly (readonly Part[])[] {
  const items: Part[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'sign' && part.text === ',') items.push([]);
    else items.at(-1)?.push(part);
  }
  return items;
}

/** Whether parts begin with these words, in capitals. */
export function beginsWith(parts: readonly Part[], ...words: readonly string[]): boolean {
  return words.every((expected, index) => isWord(parts[index], expected));
}

/** Whether a part is this word, in capitals. */
export function isWord(part: Part | undefined, expected: string): boolean {
  return part?.kind === 'word' && part.text.toUpperCase() === expected;
}

/** The name that a part may be; null: none. */
export function nameOf(part: Part | undefined): string | null {
  return part === undefined || part.kind === 'group' || part.kind === 'sign' ? null : part.text;
}
