import { wrongColumn, wrongOrder, type WrongOrder } from '../cdc/ddl/column-order.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import type { KnownDefinitions } from './known-definitions.ts';
import { hasMaxwellPassed } from './maxwell-position.ts';
import { ifVisible } from './not-visible.ts';
import { askBinlogEnd } from './source-server.ts';
import type { TableName } from '../cdc/schema/table-name.ts';

/** Compares the order of columns that Maxwell goes by with the tables' own. */
export class ColumnOrders {
  readonly #source: MysqlAddress;
  readonly #definitions: KnownDefinitions;
  /** By table: how many changes of it were known when it was settled. */
  readonly #settled = new Map<string, number>();
  /** By table: what it was when Maxwell was first thought to be wrong about it, and the end of the binlog then. */
  readonly #doubts = new Map<string, { readonly seen: string; readonly end: string }>();

  constructor(source: MysqlAddress, definitions: KnownDefinitions) {
    this.#source = source;
    this.#definitions = definitions;
  }

  /** Whether it could not be told of a table when it was checked, or Maxwell has told of a change since: check it again. */
  isUnsettled(name: TableName): boolean {
    return this.#settled.get(name.table) !== this.#definitions.log.countOf(name);
  }

  /**
   * Why no row of a table may be applied, a sentence: Maxwell takes one column for another, or for another kind, for
   * certain.
   *
   * @param schema the table as it is now
   * @returns null when Maxwell is right about it, or it cannot be told yet
   */
  async problemOf(schema: TableSchema): Promise<string | null> {
    const { database, table } = schema;
    const { history, log } = this.#definitions;
    const problem = (): string | null => {
      const known = history.latest(database, table);
      if (known === null) return null;
      const order = wrongOrder(known, schema);
      if (order !== null) return disordered(schema, order);
      const column = log.mayBeMisread(schema) ? wrongColumn(known, schema) : null;
      return column === null ? null : mistaken(schema, column);
    };
    this.#settled.set(table, log.countOf(schema));
    if (problem() === null) return null;
    // A process that applies none of its rows may have read nothing of what came since.
    await this.#definitions.read();
    this.#settled.set(table, log.countOf(schema));
    const found = problem();
    if (found === null || log.mayBeDisordered(schema)) return found;
    // The source may have been altered since. That is told once Maxwell has passed the end that its binlog has now; it
    // never has at once, since its own sign of life is in there too.
    const doubt = await this.#doubtOf(schema);
    if (doubt === null || !(await ifVisible(hasMaxwellPassed(this.#source, doubt)))) {
      this.#settled.delete(table);
      return null;
    }
    await this.#definitions.read();
    this.#settled.set(table, log.countOf(schema));
    return problem();
  }

  /** End of the binlog when the table was first seen as it is. */
  async #doubtOf({ table, columns }: TableSchema): Promise<string | null> {
    const seen = JSON.stringify(columns);
    const doubt = this.#doubts.get(table);
    if (doubt?.seen === seen) return doubt.end;
    const end = await ifVisible(askBinlogEnd(this.#source));
    if (end !== null) this.#doubts.set(table, { seen, end });
    return end;
  }
}

function disordered({ database, table }: TableSchema, order: WrongOrder): string {
  return (
    `Maxwell believes that the columns of ${database}.${table} are (${order.maxwell.join(', ')}), but they are ` +
    `(${order.table.join(', ')}): every row would get wrong values. An ALTER TABLE that swaps column names causes this. ` +
    'Swap the names back in one ALTER TABLE, then swap them in three, with one RENAME COLUMN each, by way of ' +
    'a third name; Alir then reads the table again. With three names or more, MODIFY each column instead, all in one ' +
    `ALTER TABLE, with its definition AFTER the one before it. ${orAnew}`
  );
}

function mistaken({ database, table, columns }: TableSchema, name: string): string {
  const { columnType, charset } = columns.find((column) => column.name === name)!;
  const type = `${columnType}${charset === null ? '' : ` CHARACTER SET ${charset}`}`;
  return (
    `Maxwell misreads the column ${name} of ${database}.${table} since an ALTER TABLE: it is ${type}. Run ALTER TABLE ` +
    `${table} MODIFY ${name} with its whole definition, type and CHARACTER SET; Alir then reads the table again. ${orAnew}`
  );
}

/** Without a change of the source, at the price of one reading of every table. */
const orAnew = 'Or make Maxwell read all definitions again: alir maxwell recover --force';
