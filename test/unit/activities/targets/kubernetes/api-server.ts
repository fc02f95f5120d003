import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import type { JsonPatchOperation } from '../../../../../activities/targets/kubernetes/json-patch.js';
import { patched, withVersion } from './objects.js';
import { selfSigned } from './self-signed.js';

interface StoredObject {
  metadata?: { resourceVersion?: string };
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: unknown;
}

/** What the server does instead of its usual; a number is a status with the API's own body for it. */
export type Instead =
  | { readonly status: number; readonly body?: string; readonly contentType?: string }
  | 'hang'
  | 'reset'
  | 'hang-in-body';

/** The server's end of an exec socket. */
export interface ExecPeer {
  readonly argv: readonly string[];
  readonly query: URLSearchParams;
  send(stream: number, content: string | Buffer): void;
  status(status: object): void;
  /** Closes as a WebSocket does, with a close frame. */
  close(): void;
  /** Cuts the connection. */
  destroy(): void;
  readonly closed: Promise<unknown>;
}

/**
 * A small server that follows the Kubernetes API where this project uses it: objects by their path, lists, the three kinds of
 * patch with the server's own conflicts, access reviews, exec over WebSocket.
 */
export class ApiServer {
  /** Objects and lists by path, e.g. `/apis/apps/v1/namespaces/deltacrown/deployments/deltacrown-web`. */
  readonly objects = new Map<string, object>();
  readonly requests: ApiRequest[] = [];
  instead: (request: ApiRequest) => Instead | null = () => null;
  /** Runs between a request's arrival and its answer, as another client would. */
  meanwhile: (request: ApiRequest) => void = () => undefined;
  allowed: (attributes: Record<string, string>) => boolean = () => true;
  exec: (peer: ExecPeer) => void = (peer) => {
    peer.status({ status: 'Success' });
  };
  upgrade: 'accept' | 'hang' | number = 'accept';
  /** Settles when a client has left a socket that was never opened for it. */
  hangUp: Promise<unknown> = Promise.resolve();
  readonly #certificate = selfSigned();
  readonly #server = createServer(
    this.#certificate,
    (request, response) => void this.#answer(request, response),
  );
  readonly #sockets = new Set<Duplex>();

  async start(): Promise<void> {
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.#upgrade(request, socket);
    });
    this.#server.on('secureConnection', (socket: Duplex) => this.#sockets.add(socket));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get url(): string {
    return `https://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** A kubeconfig that reaches this server, as a file's content. */
  kubeconfig({ trusted = true } = {}): string {
    const ca = Buffer.from(this.#certificate.cert).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          cluster: { server: this.url, ...(trusted ? { 'certificate-authority-data': ca } : {}) },
        },
      ],
      users: [{ name: 'u', user: { token: 'the-token-of-u' } }],
      contexts: [{ name: 'staging', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'staging',
    });
  }

  config(options?: { trusted: boolean }): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(this.kubeconfig(options));
    return config;
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(message);
    this.requests.push(request);
    this.meanwhile(request);
    const instead = this.instead(request);
    if (instead === 'hang') return;
    if (instead === 'reset') {
      message.socket.destroy();
      return;
    }
    if (instead === 'hang-in-body') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"metadata":');
      return;
    }
    if (instead !== null) {
      const { status, body, contentType = 'application/json' } = instead;
      response.writeHead(status, { 'Content-Type': contentType });
      response.end(body ?? JSON.stringify(statusOf(status)));
      return;
    }
    const [status, body] = this.#usual(request);
    response
      .writeHead(status, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(kind(request.path, body)));
  }

  #usual({ method, path, contentType, body }: ApiRequest): [number, object] {
    if (method === 'POST' && path.endsWith('/selfsubjectaccessreviews')) {
      const { spec } = body as { spec: { resourceAttributes: Record<string, string> } };
      return [201, { spec, status: { allowed: this.allowed(spec.resourceAttributes), reason: 'RBAC' } }];
    }
    const object = this.objects.get(path) as StoredObject | undefined;
    if (object === undefined) return [404, statusOf(404)];
    if (method === 'GET') return [200, object];
    try {
      const changed = applied(object, contentType, body);
      if (JSON.stringify(changed) === JSON.stringify(object)) return [200, object];
      const stored = withVersion(changed, String(Number(object.metadata?.resourceVersion) + 1));
      this.objects.set(path, stored);
      return [200, stored];
    } catch (error) {
      const status = String(error).includes('409') ? 409 : 422;
      return [status, statusOf(status)];
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    socket.on('error', () => undefined);
    if (this.upgrade === 'hang') {
      this.hangUp = once(socket.resume(), 'close');
      return;
    }
    if (this.upgrade !== 'accept') {
      socket.end(
        `HTTP/1.1 ${String(this.upgrade)} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const protocol = request.headers['sec-websocket-protocol']?.split(',')[0] ?? '';
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    const { searchParams } = new URL(request.url ?? '', 'https://localhost');
    const send = (stream: number, content: string | Buffer): void => {
      socket.write(frame(0x2, Buffer.concat([Buffer.from([stream]), Buffer.from(content)])));
    };
    socket.resume();
    this.exec({
      argv: searchParams.getAll('command'),
      query: searchParams,
      send,
      status: (status) => {
        send(3, JSON.stringify(status));
      },
      close: () => {
        socket.end(frame(0x8, Buffer.from([0x03, 0xe8])));
      },
      destroy: () => {
        socket.destroy();
      },
      closed: once(socket, 'close'),
    });
  }
}

async function requestOf(message: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const { pathname, searchParams } = new URL(message.url ?? '', 'https://localhost');
  return {
    method: message.method ?? '',
    path: pathname,
    query: searchParams,
    contentType: message.headers['content-type'] ?? '',
    userAgent: message.headers['user-agent'] ?? '',
    body: text === '' ? null : (JSON.parse(text) as unknown),
  };
}

function applied(object: StoredObject, contentType: string, body: unknown): StoredObject {
  if (contentType === 'application/json-patch+json') return patched(object, body as JsonPatchOperation[]);
  if (contentType !== 'application/merge-patch+json') throw new Error(`415 ${contentType}`);
  const result = merged(object, body) as StoredObject;
  if (result.metadata?.resourceVersion !== object.metadata?.resourceVersion) throw new Error('409 Conflict');
  return result;
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null ? { ...(target as Record<string, unknown>) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merged(result[key], value);
  }
  return result;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\/deployments\/[^/]+$/, 'Deployment'],
  [/\/configmaps\/[^/]+$/, 'ConfigMap'],
  [/\/secrets\/[^/]+$/, 'Secret'],
  [/\/replicasets$/, 'ReplicaSetList'],
  [/\/pods$/, 'PodList'],
  [/\/events$/, 'EventList'],
  [/\/selfsubjectaccessreviews$/, 'SelfSubjectAccessReview'],
];

/** Every answer of the API says what it is. */
function kind(path: string, body: object): object {
  const found = KINDS.find(([pattern]) => pattern.test(path))?.[1];
  return { kind: found, ...body };
}

function statusOf(code: number): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    message: `the server says ${String(code)}`,
  };
}

/** A frame of a server: not masked. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
  else if (length >= 126) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, payload]);
}
