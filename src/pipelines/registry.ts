import { orders } from './orders/orders.ts';
import type { Pipeline } from './pipeline.ts';

/** Every pipeline of this installation. A new one is added here and nowhere else. */
export const pipelines: readonly Pipeline[] = [orders];

/** The pipeline of that name, or undefined. */
export function findPipeline(name: string): Pipeline | undefined {
  return pipelines.find((pipeline) => pipeline.name === name);
}
