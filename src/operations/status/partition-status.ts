/** Where a group stands in a partition. */
export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** Null: the group has committed nothing yet. */
  readonly committed: number | null;
  /** Records that wait. */
  readonly lag: number;
}
