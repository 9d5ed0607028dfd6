/**
 * Compares the topics with what a session began with, one look after the other.
 *
 * What vanished or was made again ends the session at once, and so does a named topic that appears. New topics of a
 * pattern come in crowds (a migration makes twenty tables), and every session that ends holds up all partitions: they
 * are waited for until a look finds no other new one.
 */
const looksAtMost = 10;
const namesToTell = 3;

export class TopicWatch {
  readonly #known: ReadonlyMap<string, string>;
  readonly #named: ReadonlySet<string>;
  #new: ReadonlySet<string> = new Set();
  #looks = 0;

  /** @param known ids of the session's topics, by name; `named`: the topics that are read by name, present or not */
  constructor(known: ReadonlyMap<string, string>, named: readonly string[]) {
    this.#known = known;
    this.#named = new Set(named);
  }

  /**
   * @param current ids of the topics that exist and are to be read, by name
   * @returns why the session has to end; null: it goes on
   */
  look(current: ReadonlyMap<string, string>): string | null {
    for (const [name, known] of this.#known) {
      const id = current.get(name);
      if (id !== known) return `the topic ${name} ${id === undefined ? 'vanished' : 'was made again'}`;
    }
    const appeared = [...current.keys()].filter((name) => !this.#known.has(name));
    const settled = appeared.every((name) => this.#new.has(name));
    this.#new = new Set(appeared);
    this.#looks = appeared.length === 0 ? 0 : this.#looks + 1;
    if (appeared.length === 0) return null;
    if (!settled && this.#looks < looksAtMost && !appeared.some((name) => this.#named.has(name))) return null;
    const [first, ...others] = appeared;
    if (others.length === 0) return `the topic ${first} appeared`;
    const more = appeared.length > namesToTell ? ', …' : '';
    return `${appeared.length} topics appeared: ${appeared.slice(0, namesToTell).join(', ')}${more}`;
  }
}
