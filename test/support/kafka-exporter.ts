/**
 * What danielqsj/kafka-exporter 1.x says of itself that dashboards and rules use, by its README. It is in no registry
 * that the tests can reach, so it is the one program here whose metrics are not seen.
 */
export const kafkaExporterMetrics = new Set([
  'kafka_brokers',
  'kafka_consumergroup_lag',
  'kafka_consumergroup_members',
  'kafka_topic_partition_current_offset',
  'kafka_topic_partition_under_replicated_partition',
]);
