import { backfillRoutes } from './backfill-routes.ts';
import { letterRoutes } from './letter-routes.ts';
import { redriveRoutes } from './redrive-routes.ts';
import type { Route } from './route.ts';

/** Every route below /v1. */
export const routes: readonly Route[] = [...backfillRoutes, ...letterRoutes, ...redriveRoutes];
