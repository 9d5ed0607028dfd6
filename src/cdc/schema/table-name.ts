/** A table of a server, by name. */
export interface TableName {
  readonly database: string;
  readonly table: string;
}
