import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';
import { failure, textOf } from '../../support/failure.js';
import { redact } from '../../support/redact.js';
import type { CommandResult } from '../command.js';
import { apiFailure } from './api-failure.js';
import type { KubernetesClient } from './client.js';
import { openExecSocket, type ExecListener, type ExecRequest } from './exec-socket.js';
import { execEnding, type ExecEnding } from './exec-status.js';

export interface ExecOptions {
  /** The whole of it in milliseconds, opening included; at least 2000. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Secrets that must not show in the output. */
  readonly secrets?: readonly string[];
}

/** Both streams together; more than this ends the command. */
const MAXIMUM_OUTPUT = 4 * 1024 * 1024;
/** The command in the pod ends so much before the time here is up, so that its end is still told. */
const MARGIN_MS = 1000;
/** Between the signal to end and the one that nothing survives, in seconds. */
const KILL_AFTER_S = 2;

/**
 * Runs a command in a container, without input and terminal, and tells how it ended. It never hangs: status, lost connection,
 * deadline and cancellation race. Closing the connection does not end a command in its pod, so it runs under `timeout`, which
 * the container's image has to have.
 * @throws TargetUnreachable when the connection is lost before the end is told (the command may have run), NotFound for a pod
 * or container that is not there, Unauthorized without the right to it.
 */
export async function execInPod(
  client: KubernetesClient,
  request: ExecRequest,
  options: ExecOptions,
): Promise<CommandResult> {
  const until = performance.now() + options.timeoutMs;
  const seconds = Math.max(1, Math.floor((options.timeoutMs - MARGIN_MS) / 1000));
  const output = createOutput(options.secrets ?? []);
  const ended = await raceToTheEnd({ client, request, options, output, until, seconds });
  switch (ended.kind) {
    case 'cancelled':
    case 'timed-out':
    case 'killed':
      return { ...output.texts(), exitCode: null, problem: ended.kind };
    case 'lost':
      throw lost(client, request, ended.why);
    case 'status':
      return resultOf(execEnding(ended.frame), { client, request, output, seconds, ranMs: ended.ranMs });
  }
}

type Ended =
  | { readonly kind: 'status'; readonly frame: Buffer; readonly ranMs: number }
  | { readonly kind: 'lost'; readonly why: unknown }
  | { readonly kind: 'cancelled' | 'timed-out' | 'killed' };

interface Race {
  readonly client: KubernetesClient;
  readonly request: ExecRequest;
  readonly options: ExecOptions;
  readonly output: Output;
  readonly until: number;
  /** How long the command may run in the pod. */
  readonly seconds: number;
}

async function raceToTheEnd(race: Race): Promise<Ended> {
  const { signal } = race.options;
  if (signal.aborted) return { kind: 'cancelled' };
  const left = Math.max(1, race.until - performance.now());
  const stop = new AbortController();
  try {
    return await Promise.race([
      untilTold(race, { left, stopped: stop.signal }),
      delay(left, { kind: 'timed-out' } as const, { signal: stop.signal }),
      once(signal, 'abort', { signal: stop.signal }).then(() => ({ kind: 'cancelled' }) as const),
    ]);
  } finally {
    // The losers of the race reject; nobody listens to them any more.
    stop.abort();
  }
}

/** Settles with the status frame, the loss of the connection, or too much output; never when none of them comes. */
function untilTold(
  { client, request, output, seconds }: Race,
  { left, stopped }: { readonly left: number; readonly stopped: AbortSignal },
): Promise<Ended> {
  const began = performance.now();
  const argv = ['timeout', '-k', String(KILL_AFTER_S), String(seconds), ...request.argv];
  return new Promise<Ended>((resolve) => {
    const listener: ExecListener = {
      onOutput: (stream, bytes) => {
        if (!output.add(stream, bytes)) resolve({ kind: 'killed' });
      },
      onStatus: (frame) => {
        resolve({ kind: 'status', frame, ranMs: performance.now() - began });
      },
      onLost: (why) => {
        resolve({ kind: 'lost', why });
      },
    };
    // The deadline here comes first, so that one that never opens is told as what it is.
    openExecSocket(client.config, { ...request, argv }, { openMs: left + 500, listener }).then(
      (end) => {
        // One that opens when all is over is ended at once.
        if (stopped.aborted) end();
        else stopped.addEventListener('abort', end, { once: true });
      },
      (why: unknown) => {
        resolve({ kind: 'lost', why });
      },
    );
  });
}

interface Told {
  readonly client: KubernetesClient;
  readonly request: ExecRequest;
  readonly output: Output;
  readonly seconds: number;
  readonly ranMs: number;
}

function resultOf(ending: ExecEnding, { client, request, output, seconds, ranMs }: Told): CommandResult {
  const texts = output.texts();
  if (ending.kind === 'not-understood')
    throw failure(
      TERMINAL.unexpected,
      `${where(request)}: the server did not say clearly how the command ended: ${redact(ending.text)}`,
    );
  if (ending.kind === 'not-started') {
    if (ending.notFound) return { ...texts, stderr: ending.text, exitCode: null, problem: 'not-found' };
    throw failure(
      RETRYABLE.targetUnreachable,
      `${where(request)}: the command could not be started: ${redact(ending.text)} (${client.server}).`,
    );
  }
  const { exitCode } = ending;
  // 124 by coreutils; of others the signal's own code. A command may end so by itself, but not just at the limit.
  if ([124, 137, 143].includes(exitCode) && ranMs >= seconds * 1000 - 100)
    return { ...texts, exitCode: null, problem: 'timed-out' };
  const refused = /^timeout: /m.test(texts.stderr);
  if (refused && exitCode === 127) return { ...texts, exitCode: null, problem: 'not-found' };
  if (refused && exitCode === 126) return { ...texts, exitCode: null, problem: 'not-permitted' };
  return { ...texts, exitCode, problem: null };
}

interface Output {
  /** False when it is too much. */
  add(stream: 'stdout' | 'stderr', bytes: Buffer): boolean;
  texts(): Pick<CommandResult, 'stdout' | 'stderr'>;
}

function createOutput(secrets: readonly string[]): Output {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let room = MAXIMUM_OUTPUT;
  const text = (stream: 'stdout' | 'stderr') =>
    redact(Buffer.concat(chunks[stream]).toString('utf8'), secrets);
  return {
    add: (stream, bytes) => {
      // A copy: the frame's memory belongs to the socket.
      chunks[stream].push(Buffer.from(bytes.subarray(0, Math.max(0, room))));
      room -= bytes.length;
      return room >= 0;
    },
    texts: () => ({ stdout: text('stdout'), stderr: text('stderr') }),
  };
}

function where({ namespace, pod, container }: ExecRequest): string {
  return `pod ${namespace}/${pod}, container ${container}`;
}

function lost(client: KubernetesClient, request: ExecRequest, why: unknown): Error {
  const what = `run a command in ${where(request)}`;
  if (typeof why === 'object' && why !== null) return apiFailure(why, { what, server: client.server });
  // A close code, or our own words.
  return failure(
    RETRYABLE.targetUnreachable,
    `Could not ${what}: the connection to ${client.server} was closed (${textOf(why)}) before the command's end was told.`,
  );
}
