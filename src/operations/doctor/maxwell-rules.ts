/** A setting of Maxwell and what becomes of the data where it is another. */
export interface Rule {
  readonly name: string;
  /** What counts where the file says nothing. */
  readonly fallback: string;
  readonly right: (value: string) => boolean;
  readonly level: 'problem' | 'warning';
  readonly means: string;
  readonly todo: string;
}

const is =
  (...wanted: readonly string[]) =>
  (value: string): boolean =>
    wanted.includes(value.toLowerCase());

const order = 'Changes of one table can overtake each other.';
/** Maxwell's own defaults are lossy: a setting that is absent counts as its default. */
export const rules: readonly Rule[] = [
  {
    name: 'producer',
    fallback: 'stdout',
    right: is('kafka'),
    level: 'problem',
    means: 'Changes do not go to Kafka.',
    todo: 'Set producer=kafka.',
  },
  {
    name: 'kafka_topic',
    fallback: 'maxwell',
    right: is('producer.%{database}.%{table}'),
    level: 'problem',
    means: 'Changes go to topics that Alir does not read.',
    todo: 'Set kafka_topic=producer.%{database}.%{table}.',
  },
  {
    name: 'ignore_producer_error',
    fallback: 'true',
    right: is('false'),
    level: 'problem',
    means: 'A change that Kafka refuses is lost, and only a log line says so.',
    todo: 'Set ignore_producer_error=false.',
  },
  {
    name: 'dead_letter_topic',
    fallback: 'none',
    right: (value) => value !== 'none' && value !== '',
    level: 'warning',
    means: 'A row that is too large for a message is lost, and only a line in the log says so.',
    todo: 'Set dead_letter_topic=producer.%{database}.%{table}.',
  },
  {
    name: 'producer_partition_by',
    fallback: 'database',
    right: is('table', 'database'),
    level: 'problem',
    means: order,
    todo: 'Set producer_partition_by=table.',
  },
  {
    name: 'kafka.acks',
    fallback: '1',
    right: is('all', '-1'),
    level: 'problem',
    means: 'A change can be lost when a broker dies.',
    todo: 'Set kafka.acks=all.',
  },
  {
    name: 'kafka.retries',
    fallback: '0',
    right: (value) => Number(value) > 0,
    level: 'problem',
    means: 'A short outage of Kafka loses changes or ends Maxwell.',
    todo: 'Set kafka.retries=2147483647.',
  },
  {
    name: 'kafka.enable.idempotence',
    fallback: 'false',
    right: is('true'),
    level: 'problem',
    means: `A repeated request can write twice and out of order. ${order}`,
    todo: 'Set kafka.enable.idempotence=true.',
  },
  {
    name: 'encrypt',
    fallback: 'none',
    right: is('none', 'false'),
    level: 'problem',
    means: 'Alir cannot read the rows.',
    todo: 'Remove encrypt; protect the connections instead (KAFKA_SSL).',
  },
  {
    name: 'output_nulls',
    fallback: 'true',
    right: is('true'),
    level: 'problem',
    means: 'Maxwell leaves out a column that became NULL, so it looks unchanged.',
    todo: 'Set output_nulls=true.',
  },
  {
    name: 'output_null_zerodates',
    fallback: 'false',
    right: is('false'),
    level: 'warning',
    means: 'Zero dates arrive as NULL.',
    todo: 'Set output_null_zerodates=false.',
  },
  {
    name: 'output_ddl',
    fallback: 'false',
    right: is('true'),
    level: 'warning',
    means: 'Maxwell does not report changes of a table itself (a new column, a drop).',
    todo: 'Set output_ddl=true.',
  },
  {
    name: 'bootstrapper',
    fallback: 'async',
    right: is('sync'),
    level: 'warning',
    means: 'An interrupted bootstrap loses rows (async), or bootstraps never run (none).',
    todo: 'Set bootstrapper=sync.',
  },
  ...[
    'output_primary_keys',
    'output_primary_key_columns',
    'output_binlog_position',
    'output_commit_info',
    'output_xoffset',
    'output_server_id',
  ].map((name): Rule => {
    const fallback = name === 'output_commit_info' ? 'true' : 'false';
    const means = 'Messages lack the key or the position of a change, which you need to trace it later.';
    return { name, fallback, right: is('true'), level: 'warning', means, todo: `Set ${name}=true.` };
  }),
];
