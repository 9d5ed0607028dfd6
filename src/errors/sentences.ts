/** A text with the full stop that makes it a sentence, where it ends with none: causes come as a driver wrote them. */
export function asSentence(text: string): string {
  const said = text.trimEnd();
  if (/[^.]\.\.$/.test(said)) return said.slice(0, -1); // a sentence inside one that ends as well
  return said === '' || /[.!?…]$/.test(said) ? said : `${said}.`;
}

/** A number and what is counted: `1 batch`, `2,000 batches`. */
export function plural(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : nouns}`;
}
