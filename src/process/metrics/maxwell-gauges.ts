import type { Config } from '../../config/load-config.ts';
import type { Sample, SampledGauges } from '../../observability/sampled-gauges.ts';
import {
  maxwellNames,
  readBinlogFiles,
  readFromSource,
  readPosition,
  type BinlogFile,
} from '../../operations/doctor/maxwell-reader.ts';

const labels = ['client'];

const gauges = {
  alir_maxwell_position_age_seconds: {
    help: 'Seconds since the newest heartbeat that Maxwell has read back was written: all earlier commits are in Kafka',
    labels,
  },
  alir_maxwell_heartbeat_age_seconds: {
    help: 'Seconds since Maxwell wrote its last heartbeat; while running, it writes one every ten seconds',
    labels,
  },
  alir_maxwell_binlog_behind_bytes: {
    help: 'Bytes of the binlog between the position of Maxwell and the end',
    labels,
  },
  alir_maxwell_position_lost: {
    help: '1: the server has removed the binlog file that Maxwell reads next; 0: the file exists',
    labels,
  },
};

/** Where Maxwell stands in the binlog of the source. */
export function maxwellGauges(config: Config): SampledGauges<keyof typeof gauges> {
  return {
    reading: 'maxwell',
    everyMs: 15_000,
    gauges,
    read: () =>
      readFromSource(config.source, async (reader) => {
        const facts = await readPosition(reader, maxwellNames(config));
        const files = await readBinlogFiles(reader);
        const positions = facts.positions === 'denied' ? null : facts.positions;
        const own = positions?.find(
          ({ client, serverId }) => client === facts.client && serverId === facts.serverId,
        );
        const of = (value: number | null | undefined): Sample[] =>
          value === null || value === undefined ? [] : [{ labels: { client: facts.client }, value }];
        const since = (moment: number | null | undefined): Sample[] =>
          of(moment === null || moment === undefined ? null : Math.max(0, facts.now - moment) / 1000);
        const behind = own?.file && files ? bytesBehind(files, own.file, own.offset ?? 0) : null;
        return {
          alir_maxwell_position_age_seconds: since(own?.heartbeatRead),
          alir_maxwell_heartbeat_age_seconds: since(facts.heartbeatWritten),
          alir_maxwell_binlog_behind_bytes: of(behind),
          alir_maxwell_position_lost: of(own?.file && files ? Number(behind === null) : null),
        };
      }),
  };
}

/** Bytes after a position up to the end of the last file; null: its file is gone. */
export function bytesBehind(files: readonly BinlogFile[], file: string, offset: number): number | null {
  const at = files.findIndex(({ name }) => name === file);
  if (at < 0) return null;
  return Math.max(0, files.slice(at).reduce((sum, { bytes }) => sum + bytes, 0) - offset);
}
