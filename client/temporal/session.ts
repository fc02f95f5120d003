import { hostname, userInfo } from 'node:os';
import { Socket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { EXIT } from '../exit-codes.js';
import { UiLinks } from '../render/links.js';
import { UserError } from '../user-error.js';
import type { TemporalSettings } from './settings.js';

const CONNECT_TIMEOUT_MS = 5000;

/** An open connection to Temporal and what belongs to it; whoever opened it closes it. */
export interface Session {
  readonly client: Client;
  readonly settings: TemporalSettings;
  readonly links: UiLinks;
  close(): Promise<void>;
}

/** Connects, or tells why not with exit code 4. */
export async function openSession(settings: TemporalSettings, version: string): Promise<Session> {
  const connection = await connect(settings);
  const client = new Client({ connection, namespace: settings.namespace, identity: clientIdentity(version) });
  return {
    client,
    settings,
    links: new UiLinks(settings.ui, settings.namespace),
    close: () => connection.close(),
  };
}

/** What Temporal records as the sender of our calls: a claim, like every name without authentication. */
export function clientIdentity(version: string): string {
  return `readiness-cli/${version} ${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // A container's user id without an entry in the password file.
  }
}

async function connect(settings: TemporalSettings): Promise<Connection> {
  const { address, apiKey, metadata, tls } = settings.connection;
  try {
    return await Connection.connect({
      address: address ?? settings.address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(tls === undefined ? {} : { tls }),
    });
  } catch (error) {
    throw await unreachable(settings, error);
  }
}

async function unreachable(settings: TemporalSettings, error: unknown): Promise<UserError> {
  const reason = (await socketProblem(settings.address)) ?? grpcReason(error);
  return new UserError(`Temporal cannot be reached at ${settings.address}: ${reason}.`, {
    exitCode: EXIT.unreachable,
    next: 'Is the server up? The address comes from --address, TEMPORAL_ADDRESS or the profile file; TLS and API key from TEMPORAL_TLS…, TEMPORAL_API_KEY or the same file.',
  });
}

function grpcReason(error: unknown): string {
  if (error instanceof Error && /before the deadline/.test(error.message)) {
    return `the port is open, but nothing spoke Temporal's protocol within ${String(CONNECT_TIMEOUT_MS / 1000)} s (with or without TLS?)`;
  }
  return error instanceof Error ? (error.message.split('\n')[0] ?? 'unknown reason') : 'unknown reason';
}

/** Why a plain TCP connection fails, in words; `null` when it does not. gRPC itself only says "deadline". */
function socketProblem(address: string): Promise<string | null> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = new Socket();
    const done = (answer: string | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => {
      done('the host does not answer');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      done(SOCKET_PROBLEMS[error.code ?? ''] ?? error.code ?? 'no connection');
    });
    socket.connect(Number(address.slice(colon + 1)), address.slice(0, colon).replace(/^\[|\]$/g, ''), () => {
      done(null);
    });
  });
}

const SOCKET_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused, nothing listens there',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};
