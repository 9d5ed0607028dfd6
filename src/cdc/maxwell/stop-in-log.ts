/** What the log of a Maxwell says of its last end. */
export interface LoggedStop {
  /** "file:offset" of the statement. */
  readonly position: string;
  /** Its own words. */
  readonly reason: string;
}

const atPosition = /Error on bin log position Position\[BinlogPosition\[([^\]]+:\d+)\]/;

/** The last statement that Maxwell could not read, by its log; null: it says of none. */
export function lastStopIn(lines: readonly string[]): LoggedStop | null {
  const at = lines.findLastIndex((line) => atPosition.test(line));
  const position = atPosition.exec(lines[at] ?? '')?.[1];
  if (position === undefined) return null;
  const [, error = '', words = ''] =
    /^(?:[\w.$]+\.)?(\w+)(?:: (.*))?$/.exec(lines[at + 1]?.trim() ?? '') ?? [];
  return { position, reason: words === '' ? error : words };
}
