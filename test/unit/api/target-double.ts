import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A real HTTP server that answers as a test says; logins are answered here unless the test does it. */
export interface TargetDouble {
  readonly baseUrl: string;
  readonly received: Received[];
  /** Logins and refreshes so far. */
  readonly logins: () => number;
  close(): Promise<void>;
}

export type Handler = (request: Received, response: ServerResponse) => void;

/** Answers as JSON; the headers come last because few tests need any. */
export function json(
  response: ServerResponse,
  ...[status, body, headers = {}]: readonly [status: number, body: unknown, headers?: Record<string, string>]
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A token that lives for so many seconds. */
export function token(seconds: number, name = 'a'): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp: now + seconds, iat: now, name })}.signature`;
}

export async function startTarget(handler: Handler, login?: Handler): Promise<TargetDouble> {
  const received: Received[] = [];
  let logins = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body: unknown = text === '' ? null : JSON.parse(text);
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      received.push(one);
      if (!one.path.startsWith('/api/token/')) {
        handler(one, response);
        return;
      }
      logins += 1;
      if (login === undefined)
        json(response, 200, { access: token(3600, String(logins)), refresh: 'refresh-value' });
      else login(one, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    baseUrl: `http://127.0.0.1:${String(address.port)}`,
    received,
    logins: () => logins,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
