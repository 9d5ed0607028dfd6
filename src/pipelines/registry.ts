import { cdc } from './cdc/cdc.ts';
import { orders } from './orders/orders.ts';
import type { Pipeline, TargetTable } from './pipeline.ts';

/** Every pipeline of this installation. A new one is added here and nowhere else. */
export const pipelines: readonly Pipeline[] = [orders, cdc];

/** The tables that are made by our own migrations; those of a replica are made from the source's. */
export const ownTables: readonly TargetTable[] = pipelines.flatMap(({ tables }) => tables);

/** The pipeline of that name, or undefined. */
export function findPipeline(name: string): Pipeline | undefined {
  return pipelines.find((pipeline) => pipeline.name === name);
}
