import { produceV9, Writer } from '@platformatic/kafka';
import type { Brokers } from '../../src/kafka/brokers.ts';
import { describeTopics } from '../../src/kafka/topics.ts';

/**
 * Appends a record batch to a partition as the bytes that another client made, so that what a topic holds is what
 * that client's compression wrote. The broker puts the offsets in.
 */
export async function produceBytes(
  brokers: Brokers,
  topic: string,
  partition: number,
  batch: Buffer,
): Promise<void> {
  const fresh = Buffer.from(batch);
  fresh.fill(0, 0, 8); // a client's batch begins at offset 0; the checksum does not cover this
  await describeTopics(brokers, [topic]); // waits until the partition has a leader
  const leader = (await brokers.metadata([topic])).get(topic)?.leaders[partition];
  const request = (): Writer =>
    Writer.create()
      .appendString(null)
      .appendInt16(-1)
      .appendInt32(10_000)
      .appendArray([topic], (topics, name) => {
        topics.appendString(name).appendArray([partition], (partitions, number) => {
          partitions
            .appendInt32(number)
            .appendUnsignedVarInt(fresh.length + 1)
            .append(fresh);
        });
      })
      .appendTaggedFields();
  const { key, version } = produceV9.api;
  await brokers.call(
    `Appending to ${topic}/${partition}`,
    (connection) =>
      new Promise<void>((resolve, reject) => {
        connection.send(key, version, request, produceV9.parseResponse, true, true, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    leader ?? undefined,
  );
}
