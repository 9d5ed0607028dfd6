import type { ColumnSchema } from '../../../../src/cdc/schema/table-schema.ts';

const charset = { charset: 'utf8mb4', collation: 'utf8mb4_0900_ai_ci' };
const hasLength = /^(?:char|varchar|binary|varbinary|bit)$/;
const hasCharset = /^(?:char|varchar|tinytext|text|mediumtext|longtext|enum|set)$/;

/** A nullable column as information_schema describes it, from the type as CREATE TABLE takes it. */
export function columnOf(type: string, changes: Partial<ColumnSchema> = {}): ColumnSchema {
  const dataType = /^\w+/.exec(type)?.[0].toLowerCase() ?? '';
  const [first = null, second = null] = [...(/^\w+\((\d+)(?:, ?(\d+))?\)/.exec(type) ?? [])]
    .slice(1)
    .map((digits) => (digits === undefined ? null : Number(digits)));
  const isTime = /^(?:datetime|timestamp|time)$/.test(dataType);
  return {
    name: 'value',
    dataType,
    columnType: type,
    isUnsigned: /unsigned|zerofill/i.test(type),
    length: hasLength.test(dataType) ? (first ?? 1) : null,
    scale: isTime ? (first ?? 0) : dataType === 'decimal' ? (second ?? 0) : null,
    precision: dataType === 'decimal' ? (first ?? 10) : null,
    ...(hasCharset.test(dataType) ? charset : { charset: null, collation: null }),
    ...(/character set latin1/i.test(type) && { charset: 'latin1', collation: 'latin1_swedish_ci' }),
    isNullable: true,
    defaultText: null,
    defaultIsExpression: false,
    isGenerated: false,
    ...changes,
  };
}
