import { onTestFinished } from 'vitest';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { endLeftAlir } from './alir-process.ts';
import { makePlace, type OrdersPlace } from './make-place.ts';

/** Makes the place on a running stack; everything is closed when the test has finished. */
export async function ordersPlace(
  stack: StackDescription,
  settings: Record<string, string> = {},
): Promise<OrdersPlace> {
  const { place, close } = await makePlace(stack, settings);
  onTestFinished(async () => {
    await endLeftAlir(place.environment);
    await place.database.$executeRawUnsafe(`DROP DATABASE \`${place.config.target.database}\``);
    await close();
  });
  return place;
}
