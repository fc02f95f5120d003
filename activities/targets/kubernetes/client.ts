import {
  AppsV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  setHeaderMiddleware,
  type ConfigurationOptions,
  type KubeConfig,
} from '@kubernetes/client-node';
import { apiFailure, isUnauthenticated, NoAnswerOfTheApi } from './api-failure.js';
import { FIELD_MANAGER } from './ownership.js';

/** The parts of the Kubernetes API that are used, each call bounded in time. */
export interface KubernetesClient {
  readonly config: KubeConfig;
  /** The API server's URL, for messages. */
  readonly server: string;
  readonly apps: AppsV1Api;
  readonly core: CoreV1Api;
  readonly authorization: AuthorizationV1Api;
  /** Connects anew, so that a plugin is asked for credentials again; false = those that were refused are fresh. Never throws. */
  renew(): boolean;
}

export interface Ask {
  /** For messages, an infinitive: `read deployment deltacrown/deltacrown-web`. */
  readonly what: string;
  /** The `kind` that the answer has to have: the client takes any page of a proxy for an empty object. */
  readonly kind: string;
  readonly signal: AbortSignal;
  /** The whole call, body included, in milliseconds; 10 s unless told. */
  readonly timeoutMs?: number;
}

/** What every answer of the API says of itself. */
export interface Answer {
  readonly kind?: string;
}

const TIMEOUT_MS = 10_000;

/** What is refused so soon after it was got is wrong, and not run out. */
const FRESH_MS = 10_000;

/** It holds the credentials; `connect` gives them again when the server refuses them. `clientOf` keeps one a context. */
export function createKubernetesClient(
  config: KubeConfig,
  connect: () => KubeConfig = () => config,
): KubernetesClient {
  let current = apisOf(config);
  let madeAt = performance.now();
  return {
    get config() {
      return current.config;
    },
    get server() {
      return current.config.getCurrentCluster()?.server ?? '';
    },
    get apps() {
      return current.apps;
    },
    get core() {
      return current.core;
    },
    get authorization() {
      return current.authorization;
    },
    renew: () => {
      if (performance.now() - madeAt < FRESH_MS) return false;
      try {
        current = apisOf(connect());
      } catch {
        // That the server refused them is told; the next call of an activity reads the file again and tells what is wrong there.
        return false;
      }
      madeAt = performance.now();
      return true;
    },
  };
}

function apisOf(config: KubeConfig) {
  return {
    config,
    apps: config.makeApiClient(AppsV1Api),
    core: config.makeApiClient(CoreV1Api),
    authorization: config.makeApiClient(AuthorizationV1Api),
  };
}

/**
 * Makes one call with a deadline, which the client has none of by itself. Errors are the client's own, for callers that tell
 * a conflict from the rest. @throws what `signal` was aborted with.
 */
export async function call<T extends Answer>(
  client: KubernetesClient,
  request: Ask,
  make: (options: ConfigurationOptions) => Promise<T>,
): Promise<T> {
  const answer = await callUnchecked(client, request, make);
  if (answer.kind !== request.kind) throw new NoAnswerOfTheApi(request.kind);
  return answer;
}

/**
 * The same for answers that are no objects: logs are plain text. Credentials that were taken a while ago and are refused now
 * have run out, so the call is made once more with new ones; what was refused so has changed nothing.
 */
export async function callUnchecked<T>(
  client: KubernetesClient,
  { signal, timeoutMs = TIMEOUT_MS }: Pick<Ask, 'signal' | 'timeoutMs'>,
  make: (options: ConfigurationOptions) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
  const within = AbortSignal.any([signal, limit]);
  // Raced, because a plugin that is asked for credentials runs before the request, and knows no signal.
  const once = (): Promise<T> => orAborted(make(bounded(within)), within);
  const { config } = client;
  try {
    try {
      return await once();
    } catch (error) {
      // Another call may have renewed them meanwhile.
      if (!isUnauthenticated(error) || (client.config === config && !client.renew())) throw error;
      return await once();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** What does not end by itself when `signal` is aborted is left alone. @throws what `signal` was aborted with. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever it was aborted with
      reject(signal.reason);
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', end);
    });
  });
}

/** `call`, with every error as a failure of ours (`apiFailure`). */
export async function ask<T extends Answer>(
  client: KubernetesClient,
  request: Ask,
  make: (options: ConfigurationOptions) => Promise<T>,
): Promise<T> {
  try {
    return await call(client, request, make);
  } catch (error) {
    request.signal.throwIfAborted();
    throw apiFailure(error, { what: request.what, server: client.server });
  }
}

/** Options of a patch: without its content type the client sends every patch as a JSON patch. */
export function asPatch(options: ConfigurationOptions, contentType: string): ConfigurationOptions {
  return withMiddleware(setHeaderMiddleware('Content-Type', contentType), options);
}

function bounded(signal: AbortSignal): ConfigurationOptions {
  // The client takes no signal; what goes through a middleware can be given one. The name is for the server's audit log.
  const base = setHeaderMiddleware('User-Agent', FIELD_MANAGER);
  return withMiddleware({
    pre: (context) => {
      context.setSignal(signal);
      return base.pre(context);
    },
    post: (context) => base.post(context),
  });
}

type Middleware = NonNullable<ConfigurationOptions['middleware']>[number];

function withMiddleware(middleware: Middleware, options: ConfigurationOptions = {}): ConfigurationOptions {
  return { middleware: [...(options.middleware ?? []), middleware], middlewareMergeStrategy: 'append' };
}
