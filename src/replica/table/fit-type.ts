import { blobBytes, isBinary, isList, isSpatial, isText, isWhole } from '../../cdc/schema/column-types.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { fitNumber } from './fit-numbers.ts';
import { becomesText, fitKeyList, fitList, fitText } from './fit-texts.ts';
import { modern } from '../../cdc/schema/charsets.ts';
import { become, follow, keep, refuse, type Fit } from './fit.ts';

/**
 * How a replica's column comes to hold what the source's column of the same name holds.
 *
 * It is only made wider: what it holds stays as it is, and changes from before the source's ALTER still fit. Where the
 * source became narrower, the replica stays as it is, provided that it prints the same.
 */
export function fitType(replica: ColumnSchema, source: ColumnSchema): Fit {
  if (isSameJson(replica, source)) return keep;
  if (isText(source) && (isWhole(replica) || isList(replica))) return becomesText(replica, source);
  if (isText(replica)) return fitText(replica, source);
  if (isList(replica)) return isList(source) ? fitList(replica, source) : refuse;
  if (isBinary(replica)) return isBinary(source) ? fitBinary(replica, source) : refuse;
  if (isSpatial(replica)) return fitSpatial(replica, source);
  if (clocks.has(replica.dataType)) return fitTime(replica, source);
  if (isWhole(replica) || numbers.has(replica.dataType)) return fitNumber(replica, source);
  return replica.dataType === source.dataType ? keep : refuse;
}

/** The same for a column of the key, of which the values must also keep their text and be told apart as before. */
export function fitKeyType(replica: ColumnSchema, source: ColumnSchema): Fit {
  const isSameKind = replica.dataType === source.dataType || (isWhole(replica) && isWhole(source));
  const isSameText = replica.scale === source.scale && modern(replica.collation) === modern(source.collation);
  if (!isSameKind || !isSameText) return refuse;
  if (isList(source)) return fitKeyList(replica, source);
  const fit = fitType(replica, source);
  return fit.kind === 'change' && fit.rewritten ? refuse : fit;
}

const clocks = new Set(['date', 'datetime', 'timestamp', 'time']);
const numbers = new Set(['decimal', 'float', 'double', 'bit']);

/** MariaDB's JSON is a LONGTEXT. */
function isSameJson(replica: ColumnSchema, source: ColumnSchema): boolean {
  const isJson = ({ dataType, collation }: ColumnSchema): boolean =>
    dataType === 'json' || (dataType === 'longtext' && collation === 'utf8mb4_bin');
  return isJson(replica) && isJson(source) && (replica.dataType === 'json' || source.dataType === 'json');
}

function fitBinary(replica: ColumnSchema, source: ColumnSchema): Fit {
  const had = blobBytes[replica.dataType] ?? replica.length ?? 0;
  const has = blobBytes[source.dataType] ?? source.length ?? 0;
  if (source.dataType === 'binary') {
    if (replica.dataType !== 'binary' || has < had) return refuse;
    // The server fills a longer BINARY up with zeros, there as here.
    return has > had ? follow(source, { rewritten: true }) : keep;
  }
  const isVariable = replica.dataType !== 'binary';
  if (has >= had)
    return has === had && isVariable && replica.dataType === source.dataType ? keep : follow(source);
  if (isVariable) return keep;
  return become(`varbinary(${had})`);
}

function fitTime(replica: ColumnSchema, source: ColumnSchema): Fit {
  const [had, has] = [replica.scale ?? 0, source.scale ?? 0];
  if (has < had) return refuse;
  if (replica.dataType === source.dataType) return has > had ? follow(source) : keep;
  // A TIMESTAMP becomes the local time of whoever altered the source: only the source knows which.
  const toDatetime = source.dataType === 'datetime' && replica.dataType !== 'time';
  return toDatetime ? follow(source, { rewritten: true }) : refuse;
}

function fitSpatial(replica: ColumnSchema, source: ColumnSchema): Fit {
  const long = (type: string): string => type.replace(/^geomcollection$/, 'geometrycollection');
  if (long(replica.dataType) === long(source.dataType) || replica.dataType === 'geometry') {
    return isSpatial(source) ? keep : refuse;
  }
  return source.dataType === 'geometry' ? follow(source) : refuse;
}
