/** How often Maxwell has begun and ended a bootstrap of a table since it was asked. */
export interface BootstrapMarkers {
  readonly start: number;
  readonly complete: number;
  /** Records of the topic that were looked at. */
  readonly end: number;
}

/** The topic of a table, as far as a bootstrap of it is concerned. */
export interface BootstrapTopic {
  /** The marks of the table's bootstraps behind where the topic ended when it was asked for. */
  marks(): Promise<BootstrapMarkers>;
  /** Where the partitions end. */
  ends(): Promise<readonly number[]>;
  /** How far the live flow has applied them. */
  applied(): Promise<readonly number[]>;
}
