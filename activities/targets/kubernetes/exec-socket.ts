import { Exec, type KubeConfig } from '@kubernetes/client-node';

/** Where a command is to run, and what. */
export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
}

/** What a socket of a running command does, one of the last two at most once. */
export interface ExecListener {
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => void;
  /** The frame by which the server tells how the command ended. */
  readonly onStatus: (frame: Buffer) => void;
  /** It is closed or broken; without a status frame before nobody knows how the command ended. */
  readonly onLost: (why: unknown) => void;
}

const STREAMS: Readonly<Record<number, 'stdout' | 'stderr'>> = { 1: 'stdout', 2: 'stderr' };
const STATUS_STREAM = 3;
/** Load balancers close what is silent for a minute. */
const PING_MS = 15_000;
const OPEN = 1;

/** What is used of the library's WebSocket, whose own types are not installed. */
interface Socket {
  readonly readyState: number;
  on(event: 'close' | 'error', listener: (why: unknown) => void): unknown;
  ping(): void;
  terminate(): void;
}

/**
 * Opens the socket of a command, and gives back the function that ends it at once. Nothing here waits for an answer: the
 * client tells nobody when a socket closes without a status frame, and errors after the opening are swallowed by it.
 * @throws what the client throws when it cannot be opened, at the latest after `openMs`.
 */
export async function openExecSocket(
  config: KubeConfig,
  { namespace, pod, container, argv }: ExecRequest,
  options: { readonly openMs: number; readonly listener: ExecListener },
): Promise<() => void> {
  const query = new URLSearchParams([
    ['stdout', 'true'],
    ['stderr', 'true'],
    ['stdin', 'false'],
    ['tty', 'false'],
    ['container', container],
    ...argv.map((word): [string, string] => ['command', word]),
  ]);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query.toString()}`;
  const { listener } = options;
  // Not through Exec.exec: it throws inside the socket's own event for a frame that it does not know.
  const { handler } = new Exec(withHandshakeLimit(config, options.openMs));
  const socket = socketOf(
    await handler.connect(path, null, (stream, bytes) => onFrame(stream, bytes, listener)),
  );
  socket.on('close', listener.onLost);
  socket.on('error', listener.onLost);
  if (socket.readyState !== OPEN) listener.onLost('it closed at once');
  const pings = setInterval(() => {
    if (socket.readyState === OPEN) socket.ping();
  }, PING_MS);
  return () => {
    clearInterval(pings);
    socket.terminate();
  };
}

/** False closes the socket. */
function onFrame(stream: number, bytes: Buffer, listener: ExecListener): boolean {
  const output = STREAMS[stream];
  if (output !== undefined) listener.onOutput(output, bytes);
  if (stream !== STATUS_STREAM) return true;
  listener.onStatus(bytes);
  return false;
}

/** The client gives no way to bound the opening of a socket, but asks its configuration for the socket's options. */
function withHandshakeLimit(config: KubeConfig, openMs: number): KubeConfig {
  const limited = Object.create(config) as KubeConfig;
  limited.applyToHTTPSOptions = async (options) => {
    await config.applyToHTTPSOptions(options);
    Object.assign(options, { handshakeTimeout: Math.max(1, Math.round(openMs)) });
  };
  return limited;
}

function socketOf(socket: unknown): Socket {
  return socket as Socket;
}
