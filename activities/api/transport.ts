import { ApplicationFailure } from '@temporalio/common';
import { Agent, request } from 'undici';
import { RETRYABLE } from '../../procedure/failures.js';
import { failure, textOf } from '../support/failure.js';
import { IN_FLIGHT } from './open-model.js';
import { BODY_LIMIT } from './response.js';

/** One HTTP exchange as it goes over the wire. */
export interface Exchange {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly truncated: boolean;
  readonly ms: number;
}

/** An agent with every time limit set. The exact deadline of a request is its signal; these catch what that cannot. */
export function createAgent(): Agent {
  return new Agent({
    // One less, and what a measurement has in flight would wait here, in our own queue, on the target's account.
    connections: IN_FLIGHT,
    connect: { timeout: 5000 },
    headersTimeout: 120_000,
    bodyTimeout: 120_000,
    // Shorter than application servers keep idle connections, so that a POST never meets one that is being closed.
    keepAliveTimeout: 1000,
    keepAliveMaxTimeout: 1000,
    pipelining: 1,
  });
}

/**
 * Sends a request and reads the whole answer. An HTTP error is an answer. Throws TargetUnreachable (retryable) when no
 * whole answer came within the time limit (`noAnswerOf` tells it from a target that is away), and the signal's reason when
 * the step was cancelled.
 */
export async function exchange(agent: Agent, wanted: Exchange): Promise<RawAnswer> {
  const deadline = AbortSignal.timeout(wanted.timeoutMs);
  const signal = AbortSignal.any([wanted.signal, deadline]);
  const started = process.hrtime.bigint();
  try {
    const answer = await request(wanted.url, {
      dispatcher: agent,
      method: wanted.method,
      headers: wanted.headers,
      signal,
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
    });
    const { text, truncated } = await readBody(answer.body);
    const ms = Number(process.hrtime.bigint() - started) / 1e6;
    return { status: answer.statusCode, headers: plain(answer.headers), body: text, truncated, ms };
  } catch (error) {
    wanted.signal.throwIfAborted();
    const where = `${wanted.method} ${wanted.url.origin}${wanted.url.pathname}`;
    const why = deadline.aborted ? `no whole answer within ${String(wanted.timeoutMs)} ms` : reasonOf(error);
    const told = failure(
      RETRYABLE.targetUnreachable,
      `${where}: ${why}. Look whether the target runs and api.baseUrl is right; the step is tried again.`,
      error,
    );
    const lost = deadline.aborted ? 'time-limit' : lostBy(error);
    throw lost === null ? told : unanswered(told, lost);
  }
}

/** Why a request that was sent has no answer: the target took too long, or its connection broke before the answer was whole. */
export type NoAnswer = 'time-limit' | 'connection-lost';

/** What became of a request whose sending threw this; `null` = it was not sent (nobody listens), or something else failed. */
export function noAnswerOf(error: unknown): NoAnswer | null {
  const [first] = error instanceof ApplicationFailure ? (error.details ?? []) : [];
  return first === 'time-limit' || first === 'connection-lost' ? first : null;
}

function unanswered({ type, message, cause }: ApplicationFailure, why: NoAnswer): ApplicationFailure {
  return ApplicationFailure.create({
    ...{ message, details: [why] },
    ...(typeof type === 'string' ? { type } : {}),
    ...(cause === undefined ? {} : { cause }),
  });
}

const TOO_LATE: readonly string[] = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
/** Codes of a connection that stood and broke, or on which no HTTP came. Whoever else has no answer was not asked. */
const BROKEN = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_)/;

function lostBy(error: unknown): NoAnswer | null {
  const code = codeOf(error);
  if (TOO_LATE.includes(code)) return 'time-limit';
  return BROKEN.test(code) ? 'connection-lost' : null;
}

/** Reads to the end, because the time to the last byte is measured, but keeps only the beginning. */
async function readBody(stream: AsyncIterable<Buffer>): Promise<{ text: string; truncated: boolean }> {
  const kept: Buffer[] = [];
  let size = 0;
  let truncated = false;
  for await (const chunk of stream) {
    const room = BODY_LIMIT - size;
    if (chunk.length > room) truncated = true;
    if (room > 0) kept.push(chunk.subarray(0, room));
    size += Math.min(chunk.length, Math.max(0, room));
  }
  return { text: Buffer.concat(kept).toString('utf8'), truncated };
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens there (connection refused)'],
  ['ECONNRESET', 'the connection was reset'],
  ['UND_ERR_SOCKET', 'the connection was closed before the answer was whole'],
  ['ENOTFOUND', 'the host name is not known'],
  ['EAI_AGAIN', 'the host name could not be looked up'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection within 5 s'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer in time'],
  ['UND_ERR_BODY_TIMEOUT', 'the answer stopped in the middle'],
]);

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS.get(code) ?? `${textOf(firstOf(error))}${code === '' ? '' : ` (${code})`}`;
}

function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors as readonly unknown[])[0] : error;
}

function codeOf(error: unknown): string {
  const first = firstOf(error);
  return typeof first === 'object' && first !== null && 'code' in first ? String(first.code) : '';
}
