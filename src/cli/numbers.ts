import { InvalidArgumentError } from 'commander';

/** A whole number from `least` up, for an option of a command. */
export function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least)
      throw new InvalidArgumentError(`Give a whole number from ${least}.`);
    return number;
  };
}

/** A share from 0 to 1: `0.01` or `1%`. */
export function share(text: string): number {
  const number = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (!(number >= 0 && number <= 1))
    throw new InvalidArgumentError('Give a share from 0 to 1, such as 0.01 or 1%.');
  return number;
}
