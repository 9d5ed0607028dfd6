import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a server and breaks connections at what they send. */
export interface BreakingProxy {
  readonly port: number;
  /** Breaks the next `times` connections that send this text. */
  breakAt(text: string, times?: number): void;
  /** How many have been broken. */
  broken(): number;
  close(): Promise<void>;
}

/** Starts one on 127.0.0.1 before a server without encryption; at any free port where none is given. */
export async function startBreakingProxy(to: { host: string; port: number }, at = 0): Promise<BreakingProxy> {
  let [text, left, broken] = ['', 0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to.port, to.host);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => {
      if (left > 0 && data.includes(text)) {
        left -= 1;
        broken += 1;
        client.destroy();
      } else upstream.write(data);
    });
    upstream.on('data', (data) => client.write(data));
  });
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    breakAt(next, times = 1) {
      [text, left, broken] = [next, times, 0];
    },
    broken: () => broken,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
