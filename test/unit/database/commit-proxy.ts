import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A way to the database that breaks in the worst moment: the first COMMIT of a deletion reaches the server, its answer never
 * comes back. Everything later passes.
 */
export async function cutAfterCommit(
  serverPort: number,
): Promise<{ port: number; commits(): number; close(): void }> {
  let commits = 0;
  let deleted = false;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    let cut = false;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (data) => {
      deleted ||= data.includes('DELETE FROM');
      if (deleted && !cut && data.includes('COMMIT')) {
        commits += 1;
        cut = commits === 1;
        if (cut) setTimeout(() => client.destroy(), 300).unref();
      }
      server.write(data);
    });
    server.on('data', (data) => {
      if (!cut) client.write(data);
    });
    client.on('close', () => server.end());
    server.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,

    commits: () => commits,
    close: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
