import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { makePlace, type OrdersPlace } from './make-place.ts';

/**
 * A place on a stack of its own, until the test has finished: of app_producer, its topics and its Maxwell there is one
 * in a stack, and the shared Maxwell reads what all other tests do to their databases.
 */
export async function ownPlace(): Promise<OrdersPlace> {
  const name = `own-${process.pid}-${randomUUID().slice(0, 4)}`;
  const folder = join(projectRoot, '.alir', name);
  const stack = await NativeStack.start({ name, folder, ports: 'free' }, () => undefined);
  onTestFinished(async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { place, close } = await makePlace(stack.description);
  onTestFinished(close);
  return place;
}
