import { readEnvelope } from '../../cdc/maxwell/envelope.ts';
import { attributeOf } from '../../cdc/maxwell/naming.ts';
import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { FoundTable, TopicTransform, Pipeline } from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';
import { replicaTarget } from './replica-target.ts';
import { RowTransform } from './transform-row.ts';

/** The dead-letter topics of these topics are nobody's source. */
const topicPattern = /^producer\.([^.]+)\.(?!.*\.dlq$)(.+)$/;

/** Every table of the source, as Maxwell reads its changes from the binlog, into a table of the same name in app_olap. */
export const cdc: Pipeline = {
  name: 'cdc',
  kind: 'replica',
  description: 'Changes of every source table, from Maxwell, into the replica app_olap',
  group: 'etl-workers-cdc',
  topics: [],
  topicPattern,
  outputTopic: null,
  tables: [],

  async open(topic, records, tables) {
    const { database, table } = tableOf(topic);
    const writtenAtMs = records.at(-1)?.timestamp;
    const found = await tables.follow(database, table, newestSchemaId(records), writtenAtMs);
    if (found === null) return goneTable(table, tables.replicaDatabase);
    refuseAddedPartitions(topic, records, found);
    const target = replicaTarget(found.schema, tables.replicaDatabase);
    // Perhaps of a table that was dropped and made again with other columns, or from before an ALTER.
    return new RowTransform(found, target, async () => {
      const readAfter = await tables.readAfter(database, table);
      return new RowTransform({ ...found, readAfter }, target);
    });
  },
};

/**
 * Keys move when a topic gets more partitions, and the offsets of the new ones begin at 0: what comes there would look
 * older than what is in the replica, and be lost.
 */
function refuseAddedPartitions(
  topic: string,
  records: readonly SourceRecord[],
  { partitionsOf }: FoundTable,
): void {
  const partition = records[0]?.partition ?? 0;
  const known = Math.max(1, ...(partitionsOf?.values() ?? []));
  if (partition < known) return;
  throw new AlirError('TABLE_PAUSED', `${topic} got more partitions than the ${known} that it began with.`, {
    remedy: 'Stop Maxwell, delete the topic and create it again, then reload the table.',
  });
}

/** Changes of a table that was dropped before it was ever seen: there is nothing to replicate. */
function goneTable(table: string, replicaDatabase: string): TopicTransform {
  return {
    table: {
      database: replicaDatabase,
      name: table,
      key: [],
      columns: [],
      versionColumns: ['_epoch', '_offset', '_seq'],
    },
    transform: () => ({ kind: 'ignored', why: 'the table is gone' }),
  };
}

/** Topic of a source table's changes. */
export function topicOf(database: string, table: string): string {
  return `producer.${database}.${table}`;
}

/** The source table of a topic; null: it is none of a table. */
export function findTable(topic: string): { database: string; table: string } | null {
  const [, database, table] = topicPattern.exec(topic) ?? [];
  return database === undefined || table === undefined ? null : { database, table };
}

function tableOf(topic: string): { database: string; table: string } {
  const found = findTable(topic);
  if (found === null) throw new AlirError('UNEXPECTED', `${topic} is not the topic of a source table.`);
  return found;
}

/** Maxwell's number of the newest schema in a batch: its numbers rise, so the last row tells. */
function newestSchemaId(records: readonly SourceRecord[]): number | null {
  for (let index = records.length - 1; index >= 0; index--) {
    const value = records[index]?.value;
    const decoded = value ? decodeJsonObject(value) : null;
    if (!decoded?.ok || readEnvelope(decoded.value)?.kind !== 'row') continue;
    const id = attributeOf(decoded.value, 'schema_id');
    return typeof id === 'number' ? id : null;
  }
  return null;
}
