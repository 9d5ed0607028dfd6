import { startEngine, type DockerEngine } from '../engine/docker-engine.ts';
import { buildStandIns } from '../stand-ins/all.ts';
import { ComposeStack } from './compose-stack.ts';

export const tell = (text: string): void =>
  void process.stderr.write(`compose ${new Date().toISOString().slice(11, 19)}: ${text}\n`);

export interface OpenStack {
  readonly engine: DockerEngine;
  readonly stack: ComposeStack;
  /** Takes everything down, with its volumes. */
  close(): Promise<void>;
}

/** An engine with all images, and nothing of the stack on it yet. */
export async function openStack(): Promise<OpenStack> {
  const engine = await startEngine(tell);
  const stack = await ComposeStack.on(engine);
  const down = () => stack.compose(['--profile', '*', 'down', '--volumes', '--remove-orphans']);
  if (engine.isOwn) await buildStandIns(engine.environment, tell);
  // On a developer's engine the fixed names may belong to a stack that is in use.
  else if ((await stack.docker(['ps', '-aq', '--filter', 'name=^mysql_servers$'])).stdout !== '')
    throw new Error(
      'A stack is up on this engine: docker compose down -v (this removes its data), then try again.',
    );
  await down();
  tell("building Alir's image");
  await stack.compose(['build'], { timeoutMs: 1_500_000 });
  const close = async (): Promise<void> => {
    await down();
    await engine.stop();
  };
  return { engine, stack, close };
}
