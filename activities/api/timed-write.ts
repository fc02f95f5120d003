import type { LoadedEnvironment } from '../../environment/settings.js';
import type { SampleOutcome } from './latency-report.js';
import type { Attempt } from './open-model.js';
import { UNTOLD_WAIT_MS } from './patience.js';
import { describeError, type ApiResponse } from './response.js';
import type { ApiRequest, ApiSessions } from './session.js';
import { noAnswerOf, type NoAnswer } from './transport.js';

/** A write that was sent and not answered: it may stand or not, and is a failure of its own. */
export interface Unanswered {
  readonly kind: 'unanswered';
  readonly why: NoAnswer;
  readonly status: null;
  /** For a person: `no answer within 30 s`. */
  readonly note: string;
}

export type WriteAnswer = ApiResponse | Unanswered;

/** What a sample says of a write that was sent by a try that died, and had to be made again for the teams' sake. */
export const MADE_AGAIN = 'left out: sent by an earlier try, its answer was lost; made again without a time';

/** What was sent and is not answered yet, by label: a try that dies hands it on, so that none of it is timed anew. */
export class InFlight {
  readonly #labels = new Set<string>();

  constructor(
    private readonly services: {
      readonly sessions: ApiSessions;
      readonly environment: LoadedEnvironment;
      readonly signal: AbortSignal;
    },
    /** Called when something is sent, and when it turns out that it was not. */
    private readonly changed: () => void,
  ) {}

  get labels(): readonly string[] {
    return [...this.#labels];
  }

  /**
   * Sends one write, once. What is not answered is an answer of its own, and the measurement goes on; a target that is
   * away throws TargetUnreachable, as nothing was sent.
   */
  async send(label: string, request: Omit<ApiRequest, 'signal'>): Promise<Attempt<WriteAnswer>> {
    const { sessions, environment, signal } = this.services;
    this.#labels.add(label);
    this.changed();
    try {
      const value = await sessions.request(environment, { ...request, signal });
      this.#labels.delete(label);
      return value.kind === 'throttled'
        ? { kind: 'throttled', value, waitMs: value.retryAfterMs ?? UNTOLD_WAIT_MS }
        : { kind: 'answer', value };
    } catch (error) {
      // Of a step that is ended meanwhile nobody knows what the target made; what found nobody was not sent.
      if (!signal.aborted) {
        this.#labels.delete(label);
        this.changed();
      }
      const why = noAnswerOf(error);
      if (why === null) throw error;
      return { kind: 'answer', value: unansweredBy(why, environment) };
    }
  }
}

/** A request without an answer, in words. */
export function unansweredBy(why: NoAnswer, { settings }: LoadedEnvironment): Unanswered {
  const limit = `${String(settings.api.requestTimeoutMs / 1000)} s`;
  const note =
    why === 'time-limit'
      ? `no answer within ${limit}`
      : 'no answer: the connection broke before it was whole';
  return { kind: 'unanswered', why, status: null, note };
}

/** Why it ended early. */
export function describeEnd(value: WriteAnswer): string {
  return value.kind === 'unanswered' ? value.note : describeError(value);
}

/** How a sample of such an answer counts, where it is no success. */
export function outcomeOf(value: WriteAnswer): SampleOutcome {
  if (value.kind === 'unanswered') return value.why === 'time-limit' ? 'unanswered' : 'connection-lost';
  return value.kind === 'throttled' ? 'throttled' : 'failed';
}
