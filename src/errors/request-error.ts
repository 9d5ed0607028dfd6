import { AlirError } from './alir-error.ts';

/** A field of a request, where a sentence speaks of it: the command line calls it a flag, HTTP a property. */
export interface Field {
  readonly field: string;
}

/** A sentence about a request, in which fields have no name yet. */
export interface RequestSentence {
  readonly texts: readonly string[];
  readonly parts: readonly Part[];
}

type Part = string | number | Field | RequestSentence;

/** A field of a request, to be named by whoever tells of it. */
export function field(name: string): Field {
  return { field: name };
}

/** A sentence: request`${field('since')} ${text} is not a time`. */
export function request(texts: TemplateStringsArray, ...parts: readonly Part[]): RequestSentence {
  return { texts, parts };
}

/** A request that makes no sense, or asks for what there is not. Its message gives the fields their own names. */
export class RequestError extends AlirError {
  readonly #sentence: RequestSentence;
  readonly #remedy: string | undefined;

  constructor(sentence: RequestSentence, { remedy }: { readonly remedy?: string } = {}) {
    super(
      'USAGE',
      write(sentence, (name) => name),
      remedy === undefined ? {} : { remedy },
    );
    this.#sentence = sentence;
    this.#remedy = remedy;
  }

  /**
   * The same error in the words of the surface that was asked.
   *
   * @param usualRemedy what to do next, where the error itself does not say
   */
  inTermsOf(nameOf: (field: string) => string, usualRemedy: string): AlirError {
    const remedy = this.#remedy ?? usualRemedy;
    return new AlirError('USAGE', write(this.#sentence, nameOf), { cause: this, remedy });
  }
}

function write({ texts, parts }: RequestSentence, nameOf: (field: string) => string): string {
  const written = parts.map((part) => {
    if (typeof part !== 'object') return String(part);
    return 'field' in part ? nameOf(part.field) : write(part, nameOf);
  });
  return texts.map((text, index) => text + (written[index] ?? '')).join('');
}
