import { ApiException } from '@kubernetes/client-node';
import { RETRYABLE, TERMINAL, type FailureType } from '../../../procedure/failures.js';
import { failure, textOf } from '../../support/failure.js';
import { redact } from '../../support/redact.js';

export interface AskedFor {
  /** What was asked, for the message: `read deployment deltacrown/deltacrown-web`. */
  readonly what: string;
  /** The API server's URL. */
  readonly server: string;
}

/** Something answered that is not the API: a proxy, a login page. */
export class NoAnswerOfTheApi extends Error {
  override readonly name = 'NoAnswerOfTheApi';
  constructor(kind: string) {
    super(`what answered is no ${kind} of a Kubernetes API; is a proxy in between?`);
  }
}

/** A patch that did not fit any more, because the object is not the one that it was made for. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/** Whether somebody changed the object since it was read: read again and decide anew. */
export function isConflict(error: unknown): boolean {
  return error instanceof ChangedMeanwhile || (error instanceof ApiException && error.code === 409);
}

/** Whether the patch could not be applied, or what it makes is not valid. */
export function isRefusedPatch(error: unknown): boolean {
  return error instanceof ApiException && error.code === 422;
}

/** Whether the object is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiException && error.code === 404;
}

/** Whether the server does not know who asks: credentials that are wrong, or have run out. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ApiException && error.code === 401;
}

/** Whether these credentials may not do it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ApiException && error.code === 403;
}

/**
 * Whatever the client throws as a failure of ours. 401 and 403 are Unauthorized, 404 NotFound, 409 NotYet, 429, 5xx and
 * everything of the network TargetUnreachable, other answers UnexpectedAnswer, a certificate that is not trusted
 * EnvironmentProblem. Only the server's own sentence is kept: headers and bodies are not.
 */
export function apiFailure(error: unknown, asked: AskedFor): Error {
  if (error instanceof ApiException) return ofStatus(error.code, sentenceOf(error.body), asked);
  const handshake = handshakeStatus(error);
  if (handshake !== null) return ofStatus(handshake, '', asked);
  const { what, server } = asked;
  const code = codeOf(error);
  if (code !== null && CERTIFICATE.test(code))
    return failure(
      TERMINAL.environment,
      `Could not ${what}: the certificate of ${server} is not accepted (${code}). Correct the certificate authority in the kubeconfig.`,
      error,
    );
  const why = isAbort(error) ? 'it did not answer in time' : (code ?? redact(messageOf(error)));
  return failure(RETRYABLE.targetUnreachable, `Could not ${what}: ${server} (${why}).`, error);
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

function ofStatus(status: number, sentence: string, { what, server }: AskedFor): Error {
  const { type, advice } = MEANING[status] ?? (status >= 500 ? UNWELL : NOT_UNDERSTOOD);
  const said = sentence === '' ? `HTTP ${String(status)}` : `HTTP ${String(status)}, ${sentence}`;
  // The client's own error holds headers and body.
  const cause = Object.assign(new Error(), { name: 'ApiException', code: `HTTP ${String(status)}` });
  return failure(type, `Could not ${what}: ${server} answered ${said}.${advice}`, cause);
}

interface Meaning {
  readonly type: FailureType;
  readonly advice: string;
}
const UNWELL: Meaning = { type: RETRYABLE.targetUnreachable, advice: '' };
const NOT_UNDERSTOOD: Meaning = { type: TERMINAL.unexpected, advice: '' };
const MEANING: Readonly<Record<number, Meaning>> = {
  401: {
    type: TERMINAL.unauthorized,
    advice: ' The credentials are wrong or have run out; renew the kubeconfig.',
  },
  403: {
    type: TERMINAL.unauthorized,
    advice: ' Grant the right; deploy/kubernetes/role.yaml holds all that are needed.',
  },
  404: {
    type: TERMINAL.notFound,
    advice: ' Correct its name, its namespace or the context in the environment file.',
  },
  409: { type: RETRYABLE.notYet, advice: ' Somebody changed it meanwhile; it is read again.' },
  408: UNWELL,
  429: { type: RETRYABLE.targetUnreachable, advice: ' It has too much to do; it is asked again.' },
};

/** `message` of a Status; the body is its JSON as text for codes that the API's description does not name. */
function sentenceOf(body: unknown): string {
  const status = typeof body === 'string' ? parsed(body) : body;
  if (typeof status !== 'object' || status === null || !('message' in status)) return '';
  return typeof status.message === 'string'
    ? redact(status.message.replaceAll(/\s+/g, ' ')).slice(0, 400)
    : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A WebSocket that was refused: the library tells the status in a sentence only. */
function handshakeStatus(error: unknown): number | null {
  const match = /^Unexpected server response: (\d{3})$/.exec(messageOf(error));
  return match === null ? null : Number(match[1]);
}

/** ErrorEvents of WebSockets are no Errors. */
function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string')
    return error.message.split('\n')[0]?.slice(0, 300) ?? '';
  return textOf(error);
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'error' in error ? codeOf(error.error) : null;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name);
}
