import { ApplicationFailure } from '@temporalio/common';
import type { ApiAuthentication, LoadedEnvironment } from '../../environment/settings.js';
import { TERMINAL } from '../../procedure/failures.js';
import { usersOf } from '../api/session.js';
import { problemWithPage } from '../targets/readiness.js';
import type { CheckDefinition, CheckFinding } from './check.js';

/** What the checks need of the API client: one signed request, which logs in by itself. */
export interface SignedRequests {
  /** @throws Unauthorized when the login is refused, TargetUnreachable when nobody answers. */
  request(
    environment: LoadedEnvironment,
    request: {
      readonly method: 'GET';
      readonly path: string;
      readonly user: number;
      readonly signal: AbortSignal;
    },
  ): Promise<{ readonly status: number }>;
}

/** A signed GET on a page that takes only POST: 405 shows that the signature was accepted, and nothing is written. */
const SIGNED_PATH = '/api/vnext/teams/create/';

/** The API is ready, and the configured user or token is accepted. Nothing is written. */
export function apiChecks(environment: LoadedEnvironment, api: SignedRequests): CheckDefinition[] {
  const { settings } = environment;
  return [
    {
      id: 'api-ready',
      title: 'The API answers on its readiness path',
      seed: '§3.1',
      run: async (signal) => {
        const problem = await problemWithPage(settings.api, settings.api.readinessPath, signal);
        return {
          ok: problem === null,
          detail: problem ?? `${settings.api.baseUrl}${settings.api.readinessPath} answered 200`,
          advice: "Look at the target's log; correct api.baseUrl or api.readinessPath when they are wrong.",
        };
      },
    },
    ...usersOf(settings).map((authentication, user) => ({
      id: user === 0 ? 'api-login' : `api-login-${String(user + 1)}`,
      title: `The API accepts the configured user${user === 0 ? '' : ` ${String(user + 1)}`}`,
      seed: '§3.1, §6.3 TOKEN',
      run: (signal: AbortSignal) => loginAccepted(environment, { api, authentication, user }, signal),
    })),
  ];
}

async function loginAccepted(
  environment: LoadedEnvironment,
  about: {
    readonly api: SignedRequests;
    readonly authentication: ApiAuthentication;
    readonly user: number;
  },
  signal: AbortSignal,
): Promise<CheckFinding> {
  const { api, authentication, user } = about;
  const who =
    authentication.kind === 'password'
      ? `user ${authentication.username} with the password of ${authentication.password}`
      : `the token of ${authentication.token}`;
  const advice = `Correct ${user === 0 ? 'api.authentication' : `api.moreUsers[${String(user - 1)}]`}, or the secret behind it; the worker reads it anew at every login.`;
  try {
    const { status } = await api.request(environment, { method: 'GET', path: SIGNED_PATH, user, signal });
    if (status === 401 || status === 403)
      return { ok: false, detail: `${who} was refused (${String(status)})`, advice };
    if (status === 429)
      return {
        ok: false,
        detail: `${who} is throttled (429)`,
        advice: 'Wait until the throttle is over, or use another user.',
      };
    return status < 500
      ? { ok: true, detail: `${who} was accepted`, advice }
      : {
          ok: false,
          detail: `a signed GET ${SIGNED_PATH} answered ${String(status)}`,
          advice: "Look at the target's log.",
        };
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === TERMINAL.unauthorized) {
      return { ok: false, detail: `${who} was refused: ${error.message}`, advice };
    }
    throw error;
  }
}
