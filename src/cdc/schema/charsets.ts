/** Which character set holds the texts of which. Names are those of the server, as of information_schema. */

/** Whether every text of `inner` can be written in `outer`. */
export function holdsAll(outer: string | null, inner: string | null): boolean {
  const [o, i] = [modern(outer), modern(inner)];
  return o === i || i === 'ascii' || o === 'utf8mb4' || (o === 'utf8mb3' && i === 'latin1');
}

/** Newer servers call utf8 what it is: utf8mb3. */
export function modern(name: string | null): string {
  return (name ?? '').replace(/^utf8(?=$|_)/, 'utf8mb3');
}
