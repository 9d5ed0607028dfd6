import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';

/** What may be lost of a column's values on their way through Maxwell, one sentence; null: nothing. */
export type LossesOf = (column: ColumnSchema) => string | null;

/** What was seen with Maxwell 1.22.6 and 1.45.0. */
export const lossesOf: LossesOf = ({ dataType, length }) => {
  switch (dataType) {
    case 'time':
      return 'times below zero and above 24 hours arrive wrong, and a bootstrap of them never ends';
    case 'year':
      return 'the year 0000 arrives as another year';
    case 'bit':
      return (length ?? 1) > 8 ? 'a bootstrap sends another number than a change does' : null;
    default:
      return null;
  }
};
