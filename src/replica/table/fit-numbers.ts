import { isWhole, wholeBytes } from '../../cdc/schema/column-types.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { become, follow, keep, refuse, type Fit } from './fit.ts';

/** Numbers of every kind: a replica's column is only ever made wider. */
export function fitNumber(replica: ColumnSchema, source: ColumnSchema): Fit {
  if (isWhole(replica)) return isWhole(source) ? fitWhole(replica, source) : fromWhole(replica, source);
  if (replica.dataType === 'decimal')
    return source.dataType === 'decimal' ? fitDecimal(replica, source) : refuse;
  if (replica.dataType === 'bit') return source.dataType === 'bit' ? fitBits(replica, source) : refuse;
  return fitFloat(replica, source);
}

/** Decimal digits that the largest value of a whole-number type has. */
export function digitsOf(column: ColumnSchema): number {
  const bits = BigInt(8 * bytesOf(column) - (column.isUnsigned ? 0 : 1));
  return String(2n ** bits).length;
}

const bytesOf = ({ dataType }: ColumnSchema): number => wholeBytes[dataType] ?? 0;

function fitWhole(replica: ColumnSchema, source: ColumnSchema): Fit {
  if (covers(replica, source)) return keep;
  if (covers(source, replica)) return follow(source);
  // One has negative numbers, the other the larger ones: a signed type with room for both.
  const needed = 1 + Math.max(...[replica, source].filter((c) => c.isUnsigned).map(bytesOf));
  const wider = Object.keys(wholeBytes).find((type) => (wholeBytes[type] ?? 0) >= needed);
  // No type holds all of BIGINT and of BIGINT UNSIGNED: strict mode refuses the ALTER where a value does not fit.
  return become(wider ?? (source.isUnsigned ? 'bigint unsigned' : 'bigint'));
}

function covers(outer: ColumnSchema, inner: ColumnSchema): boolean {
  if (outer.isUnsigned === inner.isUnsigned) return bytesOf(outer) >= bytesOf(inner);
  return !outer.isUnsigned && bytesOf(outer) > bytesOf(inner);
}

function fromWhole(replica: ColumnSchema, source: ColumnSchema): Fit {
  if (source.dataType !== 'decimal' || (source.isUnsigned && !replica.isUnsigned)) return refuse;
  const whole = (source.precision ?? 0) - (source.scale ?? 0);
  return whole >= digitsOf(replica) ? follow(source, { rewritten: true }) : refuse;
}

/** Fewer places behind the point would round what is there; more before it than the source has do not show. */
function fitDecimal(replica: ColumnSchema, source: ColumnSchema): Fit {
  const [had, has] = [replica.scale ?? 0, source.scale ?? 0];
  if (has < had) return refuse;
  const whole = Math.max((replica.precision ?? 0) - had, (source.precision ?? 0) - has);
  const isUnsigned = replica.isUnsigned && source.isUnsigned;
  if (has === had && whole === (replica.precision ?? 0) - had && isUnsigned === replica.isUnsigned)
    return keep;
  return whole + has > 65 ? refuse : become(`decimal(${whole + has},${has})${isUnsigned ? ' unsigned' : ''}`);
}

/** A bit string is printed with all its bytes, so that a longer one than the source's would show. */
function fitBits(replica: ColumnSchema, source: ColumnSchema): Fit {
  const [had, has] = [replica.length ?? 1, source.length ?? 1];
  if (had === has) return keep;
  return has > had ? follow(source) : refuse;
}

function fitFloat(replica: ColumnSchema, source: ColumnSchema): Fit {
  if (replica.columnType === source.columnType) return keep;
  const bare = (type: string): string => type.replace(/ (?:unsigned|zerofill)/g, '');
  const sameSize = bare(replica.columnType) === bare(source.columnType);
  if (sameSize) return replica.isUnsigned && !source.isUnsigned ? follow(source) : keep;
  // 0.1 as FLOAT is 0.10000000149011612 as DOUBLE.
  const toDouble = replica.dataType === 'float' && bare(source.columnType) === 'double';
  return toDouble && (replica.isUnsigned || !source.isUnsigned)
    ? follow(source, { rewritten: true })
    : refuse;
}
