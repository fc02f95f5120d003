import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a worker and an API server, passes bytes on, and cuts what is open when it is told to. */
export interface CuttingProxy {
  /** Ends every open connection as a dying load balancer does. Returns how many there were. */
  cut(): number;
  close(): Promise<void>;
}

/** Starts one, and writes its address into the kubeconfig in the place of the server's. */
export async function cutBetween(kubeconfig: string): Promise<CuttingProxy> {
  const text = await readFile(kubeconfig, 'utf8');
  const found = /server: (https:\/\/\S+)/.exec(text)?.[1];
  if (found === undefined) throw new Error(`${kubeconfig} names no server`);
  const server = new URL(found);
  const open = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(Number(server.port), server.hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        (socket === near ? far : near).destroy();
      });
    }
    near.pipe(far).pipe(near);
  }).listen(0, server.hostname);
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  await writeFile(kubeconfig, text.replace(found, `https://${server.hostname}:${String(port)}`));
  const cut = (): number => {
    const connections = Math.ceil(open.size / 2);
    for (const socket of [...open]) socket.resetAndDestroy();
    return connections;
  };
  return {
    cut,
    close: async () => {
      await writeFile(kubeconfig, text);
      cut();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
