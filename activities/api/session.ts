import { randomUUID } from 'node:crypto';
import type {
  ApiAuthentication,
  EnvironmentSettings,
  LoadedEnvironment,
} from '../../environment/settings.js';
import { RETRYABLE } from '../../procedure/failures.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure, textOf } from '../support/failure.js';
import { redact } from '../support/redact.js';
import { HEADERS_OF_INTEREST, retryAfterMs, type ApiResponse } from './response.js';
import { TokenKeeper, type PostJson, type Signature, type ThrottledLogin } from './tokens.js';
import { createAgent, exchange, noAnswerOf, type RawAnswer } from './transport.js';

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Begins with `/`; joined to `api.baseUrl`. */
  readonly path: string;
  /** Sent as JSON; left out = no body. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Which of the environment's users sends it (`usersOf`): 0, or left out, is `api.authentication`. */
  readonly user?: number;
  /** Sent as `X-Correlation-ID`; made up when left out. */
  readonly correlationId?: string;
}

/** The signed-in API clients of all environments of a worker. */
export interface ApiSessions {
  /**
   * Sends one signed request; logs in by itself, once a user. An HTTP error or a 429 is a result. Nothing is
   * sent twice, except after a 401 with a renewed token. Throws TargetUnreachable (retryable), Unauthorized (terminal).
   */
  request(environment: LoadedEnvironment, request: ApiRequest): Promise<ApiResponse>;
  /** Ends all connections at once. Tokens are forgotten. */
  close(): Promise<void>;
}

/** Everybody who may send requests, the owner of the smoke test's teams first. */
export function usersOf({ api }: Pick<EnvironmentSettings, 'api'>): readonly ApiAuthentication[] {
  return [api.authentication, ...api.moreUsers];
}

/** Makes the sessions. Tokens live in memory only, one a user; a changed environment file gets a new one. */
export function createApiSessions(deps: Pick<ActivityDeps, 'resolveSecret'>): ApiSessions {
  const agent = createAgent();
  const keepers = new Map<string, TokenKeeper>();

  const keeperOf = (environment: LoadedEnvironment, index: number): TokenKeeper => {
    const key = `${environment.settings.name}@${environment.digest}#${String(index)}`;
    const authentication = usersOf(environment.settings)[index];
    if (authentication === undefined) throw new RangeError(`there is no user ${String(index)}`);
    const path = index === 0 ? 'api.authentication' : `api.moreUsers[${String(index - 1)}]`;
    const known =
      keepers.get(key) ?? new TokenKeeper(environment, { authentication, path }, deps.resolveSecret);
    keepers.set(key, known);
    return known;
  };

  return {
    async request(environment, wanted) {
      const keeper = keeperOf(environment, wanted.user ?? 0);
      const correlationId = wanted.correlationId ?? randomUUID();
      const { baseUrl, requestTimeoutMs: timeoutMs } = environment.settings.api;
      const post: PostJson = (path, body) =>
        exchange(agent, {
          timeoutMs,
          // Several steps share one login: the cancel of one of them must not end it for the others.
          signal: NEVER,
          url: urlOf(baseUrl, path),
          method: 'POST',
          headers: { ...JSON_HEADERS, 'x-correlation-id': correlationId },
          body: JSON.stringify(body),
        }).catch(ofLogin);
      const send = (signature: Signature): Promise<RawAnswer> =>
        exchange(agent, {
          timeoutMs,
          signal: wanted.signal,
          url: urlOf(baseUrl, wanted.path),
          method: wanted.method,
          headers: { ...JSON_HEADERS, 'x-correlation-id': correlationId, authorization: signature.header },
          ...(wanted.body === undefined ? {} : { body: JSON.stringify(wanted.body) }),
        });

      let signature = await keeper.sign(post);
      if ('throttled' in signature) return throttledLogin(signature, correlationId);
      let answer = await send(signature);
      if (answer.status === 401 && keeper.refused(signature.header)) {
        signature = await keeper.sign(post);
        if ('throttled' in signature) return throttledLogin(signature, correlationId);
        answer = await send(signature);
      }
      if (answer.status === 401) throw keeper.unauthorized(answer.status);
      return responseOf(answer, { correlationId, secrets: signature.secrets });
    },
    async close() {
      keepers.clear();
      await agent.destroy();
    },
  };
}

const JSON_HEADERS = {
  accept: 'application/json',
  'content-type': 'application/json',
  'user-agent': 'readiness',
} as const;

/** A login that gets no answer: the request behind it was never sent, so it is none that the target did not answer. */
function ofLogin(error: unknown): never {
  if (noAnswerOf(error) === null) throw error;
  throw failure(RETRYABLE.targetUnreachable, textOf(error), error);
}

const NEVER = new AbortController().signal;

/** `baseUrl` may have a path of its own; `new URL(path, base)` would drop it. */
function urlOf(baseUrl: string, path: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
}

function responseOf(
  answer: RawAnswer,
  about: { readonly correlationId: string; readonly secrets: readonly string[] },
): ApiResponse {
  const body = redact(answer.body, about.secrets);
  // A masked value can end a number or a word without quotes, and then the text is no JSON any more.
  const json = parsed(body) ?? parsed(answer.body);
  const shared = {
    status: answer.status,
    headers: ofInterest(answer.headers),
    body,
    truncated: answer.truncated,
    ms: answer.ms,
    correlationId: about.correlationId,
    ...(json === undefined ? {} : { json }),
  };
  if (answer.status !== 429) return { kind: 'answer', ...shared };
  return {
    kind: 'throttled',
    while: 'request',
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()),
    ...shared,
  };
}

function throttledLogin(login: ThrottledLogin, correlationId: string): ApiResponse {
  const response = responseOf(login.throttled, { correlationId, secrets: [] });
  return { ...response, kind: 'throttled', while: 'login', retryAfterMs: login.retryAfterMs };
}

function ofInterest(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    HEADERS_OF_INTEREST.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
