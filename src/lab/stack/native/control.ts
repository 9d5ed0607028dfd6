/** How a command asks the process that owns a stack to start and stop single servers of it. */
import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AlirError, messageOf } from '../../../errors/alir-error.ts';
import type { ErrorCode } from '../../../errors/catalogue.ts';
import type { ServiceName, StackEvent, StackReport } from '../engine.ts';

/** What is asked for: a server is stopped, or started, or every one that is down is started. */
export type ControlRequest =
  { readonly do: 'stop' | 'start'; readonly service: ServiceName } | { readonly do: 'start-missing' };

type Answer =
  | { readonly kind: 'event'; readonly event: StackEvent }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly remedy: string };

/** Not in the stack's folder: the path of a socket holds 107 characters at most. */
function socketOf(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join(tmpdir(), `alir-${process.getuid?.() ?? 0}-${hash}.ctl`);
}

/**
 * Listens for requests, one a connection, for the user of this process alone.
 *
 * @param fulfil resolves when a request is fulfilled
 */
export async function serveControl(
  folder: string,
  fulfil: (request: ControlRequest, report: StackReport) => Promise<void>,
): Promise<Server> {
  const path = socketOf(folder);
  rmSync(path, { force: true }); // left behind by a kill; the claim on the stack says that nobody listens
  const server = createServer((socket) => {
    const tell = (answer: Answer): void =>
      void (socket.writable && socket.write(`${JSON.stringify(answer)}\n`));
    const lines = createInterface({ input: socket });
    // Whoever asked has gone: what was asked for is done all the same. The reader of lines throws the socket's error
    // once more, and unheard it would end the stack.
    for (const each of [socket, lines]) each.on('error', () => undefined);
    lines.once('line', (line) => {
      Promise.resolve()
        .then(() => fulfil(JSON.parse(line) as ControlRequest, (event) => tell({ kind: 'event', event })))
        .then(
          () => tell({ kind: 'done' }),
          (error: unknown) => {
            const known =
              error instanceof AlirError
                ? error
                : new AlirError('UNEXPECTED', messageOf(error), { cause: error });
            tell({ kind: 'failed', code: known.code, message: known.message, remedy: known.remedy });
          },
        )
        .finally(() => socket.end());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  server.unref();
  return server;
}

/**
 * Asks the process that owns a stack for something, and returns when it is done.
 *
 * @throws AlirError of the owner's; STACK_NOT_RUNNING where it does not listen: an older Alir started it
 */
export async function askOwner(
  { name, folder }: { readonly name: string; readonly folder: string },
  request: ControlRequest,
  report: StackReport,
): Promise<void> {
  const socket = await connect(socketOf(folder)).catch((error: unknown) => {
    throw new AlirError(
      'STACK_NOT_RUNNING',
      `The process that runs the stack ${name} does not answer requests.`,
      {
        cause: error,
        remedy: `Run: alir stack down --name ${name}, then: alir stack up --name ${name}`,
      },
    );
  });
  socket.write(`${JSON.stringify(request)}\n`);
  for await (const line of linesOf(socket)) {
    const answer = JSON.parse(line) as Answer;
    if (answer.kind === 'event') report(answer.event);
    else if (answer.kind === 'done') return;
    else throw new AlirError(answer.code, answer.message, { remedy: answer.remedy });
  }
  throw new AlirError('SERVER_FAILED', `The process that runs the stack ${name} has ended in the meantime.`);
}

/** What a socket says until it ends; one that breaks ends, too. */
async function* linesOf(socket: Socket): AsyncGenerator<string> {
  const lines = createInterface({ input: socket });
  for (const each of [socket, lines]) each.on('error', () => lines.close());
  yield* lines;
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}
