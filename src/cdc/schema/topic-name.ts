const longest = 249;

/** Whether Kafka takes a text as a part of a topic's name. */
export function fitsTopicName(text: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(text);
}

/**
 * Why the changes of a table can have no topic, a sentence; null when they can. Maxwell ends at the first change of such
 * a table, whatever else there is to read.
 */
export function whyNoTopic({
  database,
  table,
}: {
  readonly database: string;
  readonly table: string;
}): string | null {
  const name = `${database}.${table}`;
  const ends =
    'Maxwell stops at its first row, and from then on no changes of any table arrive. Rename it before that.';
  if (!fitsTopicName(table) || !fitsTopicName(database))
    return `${name}: a topic's name has letters, digits, ".", "_" and "-" only. ${ends}`;
  if (`producer.${name}`.length > longest)
    return `${name}: a topic's name has ${longest} characters or fewer. ${ends}`;
  if (database.includes('.'))
    return `${name}: with a "." in the database's name its topic is another table's.`;
  if (table.endsWith('.dlq')) return `${name}: its topic would be one of dead letters. Rename it.`;
  return null;
}
