import type { ApiAuthentication, LoadedEnvironment } from '../../environment/settings.js';
import { RETRYABLE, TERMINAL } from '../../procedure/failures.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure } from '../support/failure.js';
import { redact } from '../support/redact.js';
import { retryAfterMs } from './response.js';
import type { RawAnswer } from './transport.js';

type PasswordAuthentication = Extract<ApiAuthentication, { readonly kind: 'password' }>;

/** The value of the Authorization header, and the secrets in it, for masking answers. */
export interface Signature {
  readonly header: string;
  readonly secrets: readonly string[];
}
/** The target throttles logins too (100 an hour for an address): a result, not an error. */
export interface ThrottledLogin {
  readonly throttled: RawAnswer;
  readonly retryAfterMs: number | null;
}

/** Sends the login's own requests. */
export type PostJson = (path: string, body: Readonly<Record<string, string>>) => Promise<RawAnswer>;

interface Token {
  readonly access: string;
  readonly refresh: string | null;
  /** By our own clock, in milliseconds; `null`: unknown, good until a 401. */
  readonly expiresAt: number | null;
  readonly secrets: readonly string[];
}

/** A token this close to its end is renewed first: the request must arrive before it ends. */
const RENEW_BEFORE_MS = 60_000;

/** One user's token, in memory only. Steps that want one at the same time share one login. */
export class TokenKeeper {
  #token: Token | null = null;
  #login: Promise<Token | ThrottledLogin> | null = null;

  constructor(
    private readonly environment: LoadedEnvironment,
    /** The user, and where in the environment file it stands. */
    private readonly user: { readonly authentication: ApiAuthentication; readonly path: string },
    private readonly resolveSecret: ActivityDeps['resolveSecret'],
  ) {}

  /** Signs a request. Throws Unauthorized (terminal) when the login is refused, TargetUnreachable when nobody answers. */
  async sign(post: PostJson): Promise<Signature | ThrottledLogin> {
    const { authentication } = this.user;
    if (authentication.kind === 'token') {
      const token = await this.resolveSecret(authentication.token);
      return { header: `${authentication.scheme} ${token}`, secrets: [token] };
    }
    const known = this.#token;
    const fresh =
      known !== null && (known.expiresAt === null || known.expiresAt - Date.now() > RENEW_BEFORE_MS);
    const token = fresh ? known : await this.#renewed(authentication, post);
    if ('throttled' in token) return token;
    return { header: `Bearer ${token.access}`, secrets: token.secrets };
  }

  /** Forgets a token that was refused; false when there is nothing to renew (a static token). */
  refused(header: string): boolean {
    if (this.user.authentication.kind === 'token') return false;
    // Another step may have renewed it meanwhile.
    if (this.#token !== null && `Bearer ${this.#token.access}` === header) {
      this.#token = { ...this.#token, expiresAt: 0 };
    }
    return true;
  }

  /** The failure of a request that was refused although its token was fresh. Names the user and the reference, never a value. */
  unauthorized(status: number): Error {
    const { authentication, path } = this.user;
    const { baseUrl } = this.environment.settings.api;
    const who =
      authentication.kind === 'password'
        ? `user ${authentication.username} with the password of ${authentication.password}`
        : `the token of ${authentication.token}`;
    const text = `${baseUrl} refused ${who} (HTTP ${String(status)}). Correct ${path} or the secret behind it.`;
    return failure(TERMINAL.unauthorized, text);
  }

  async #renewed(authentication: PasswordAuthentication, post: PostJson): Promise<Token | ThrottledLogin> {
    this.#login ??= this.#renew(authentication, post).finally(() => {
      this.#login = null;
    });
    const token = await this.#login;
    if (!('throttled' in token)) this.#token = token;
    return token;
  }

  async #renew(authentication: PasswordAuthentication, post: PostJson): Promise<Token | ThrottledLogin> {
    const refresh = this.#token?.refresh ?? null;
    if (refresh !== null) {
      const answer = await post(authentication.refreshPath, { refresh });
      if (answer.status === 200) return tokenOf(answer, refresh);
      // The refresh token ended too, or the server was set up anew: the password is the way back.
    }
    const password = await this.resolveSecret(authentication.password);
    const answer = await post(authentication.tokenPath, { username: authentication.username, password });
    return this.#loggedIn(answer, password);
  }

  #loggedIn(answer: RawAnswer, password: string): Token | ThrottledLogin {
    if (answer.status === 429)
      return { throttled: answer, retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()) };
    if (answer.status === 400 || answer.status === 401 || answer.status === 403)
      throw this.unauthorized(answer.status);
    const { authentication } = this.user;
    const { baseUrl } = this.environment.settings.api;
    const path = authentication.kind === 'password' ? authentication.tokenPath : '';
    if (answer.status >= 500) {
      const text = `The login at ${baseUrl}${path} answered HTTP ${String(answer.status)}. Look at the target's log; it is tried again.`;
      throw failure(RETRYABLE.targetUnreachable, text);
    }
    if (answer.status !== 200) {
      const text = `The login at ${baseUrl}${path} answered HTTP ${String(answer.status)}. Correct ${this.user.path}.tokenPath.`;
      throw failure(TERMINAL.notFound, text);
    }
    const token = tokenOf(answer, null);
    return { ...token, secrets: [...token.secrets, password] };
  }
}

function tokenOf(answer: RawAnswer, keptRefresh: string | null): Token {
  const fields = jsonObject(answer.body);
  const access = fields?.['access'];
  if (typeof access !== 'string' || access === '') {
    const text = `The login answered HTTP 200 without a text "access": ${redact(answer.body.slice(0, 100))}. Is tokenPath right?`;
    throw failure(TERMINAL.unexpected, text);
  }
  const refresh = typeof fields?.['refresh'] === 'string' ? fields['refresh'] : keptRefresh;
  return {
    access,
    refresh,
    expiresAt: expiryOf(access, Date.now()),
    secrets: [access, ...(refresh === null ? [] : [refresh])],
  };
}

/**
 * When a JSON Web Token ends, by our clock. Its lifetime (`exp` minus `iat`) counts from now, so that a target with
 * another time does not matter. `null` when the token does not tell.
 */
export function expiryOf(token: string, now: number): number | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  const fields = jsonObject(Buffer.from(payload, 'base64url').toString('utf8'));
  const exp = fields?.['exp'];
  const iat = fields?.['iat'];
  if (typeof exp !== 'number') return null;
  return typeof iat === 'number' && iat <= exp ? now + (exp - iat) * 1000 : exp * 1000;
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
