import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { FlowContext, RunFlowInput, RunFlowOutput } from '../contract.js';
import type { Databases } from '../database/database.js';
import { askedOf, effectsOf } from './effects.js';
import { saveFlow, savedFlow, type FlowOutcome } from './flow-evidence.js';
import { completeContext, findDone, type RecoveryQuestion } from './flow-recovery.js';
import { buildFlowRequest, parseFlowAnswer, type FlowSuccess } from './flows.js';
import { requestPatiently } from './patience.js';
import type { ApiResponse } from './response.js';
import type { ApiSessions } from './session.js';
import { unansweredBy } from './timed-write.js';
import { noAnswerOf, type NoAnswer } from './transport.js';

/** What a flow is run with. */
export interface FlowServices {
  readonly sessions: ApiSessions;
  readonly databases: Databases;
  readonly environment: LoadedEnvironment;
  readonly signal: AbortSignal;
}

/**
 * One flow of seed §9. Run twice, the second time finds the row that the first made. A request that gets no answer within
 * the time limit has failed, and is not sent again. Throws TargetUnreachable when the target is away or its connection broke
 * (the row may stand: the next try finds it), Unauthorized when the user is refused.
 *
 * @param carry Keeps what happened to the request, also when this try comes to nothing.
 */
export async function runFlow(
  services: FlowServices,
  input: RunFlowInput,
  carry: (details: unknown) => void,
): Promise<RunFlowOutput> {
  const { databases, environment, signal } = services;
  const { settings } = environment;
  const { attempt } = activityInfo();
  const startedAt = new Date().toISOString();
  const none = { recovered: false, request: null, response: null, correlationId: null, startedAt };

  const context = await withMembership(services, input);
  const question = { input: { ...input, context }, settings, attempt };
  const built = buildFlowRequest(input.flow, { ...question.input, testData: settings.testData });
  if (!built.ok) return saveFlow(input, { ...none, status: 'skipped', reason: built.reason, context: null });

  const saved = attempt > 1 ? await savedFlow(input) : null;
  if (saved !== null) return saved;
  const hung = async (): Promise<RunFlowOutput> => {
    const { stands, reason } = await standsAfterAll(services, question);
    const outcome = { status: 'failed', unanswered: 'time-limit', reason } as const;
    const after = stands ?? (input.flow === 1 ? null : context);
    return saveFlow(input, { ...none, ...outcome, context: after, request: built.request });
  };
  const before = attempt > 1 ? lostBefore() : null;
  if (before !== null) carry({ unanswered: before } satisfies Carried);
  if (before === 'time-limit') return hung();
  const done = await databases.withDatabase(environment, signal, (session) => findDone(session, question));
  if (done !== null) {
    const reason =
      before === null
        ? 'the row stands already: an earlier try of this step made it, so there is neither answer nor time for it'
        : 'its connection broke before the answer was whole; the row stands, so it was not sent again';
    const judged = await judgedByRows(services, input, { context: done, told: reason, reason });
    const unanswered = before === null ? {} : { unanswered: before };
    return saveFlow(input, { ...none, ...judged, ...unanswered, recovered: true, request: built.request });
  }

  const correlationId = randomUUID();
  let response: ApiResponse;
  try {
    response = await requestPatiently(services.sessions, environment, {
      ...built.request,
      signal,
      correlationId,
    });
  } catch (error) {
    const why = noAnswerOf(error);
    // After a rollback it is a proof, no measurement: whatever did not answer is asked again.
    if (why === null || input.side === 'rollback') throw error;
    carry({ unanswered: why } satisfies Carried);
    if (why === 'connection-lost') throw error;
    return hung();
  }
  const sent = { ...none, request: built.request, response, correlationId };
  return saveFlow(input, { ...sent, ...(await outcomeOf(services, question.input, response)) });
}

/** Details of a heartbeat: what became of the request of this step. */
interface Carried {
  readonly unanswered: NoAnswer;
}

/** What an earlier try carried. */
function lostBefore(): NoAnswer | null {
  const details: unknown = activityInfo().heartbeatDetails;
  if (typeof details !== 'object' || details === null || !('unanswered' in details)) return null;
  const { unanswered } = details;
  return unanswered === 'time-limit' || unanswered === 'connection-lost' ? unanswered : null;
}

/** Whether a request that nobody answered in time wrote its row all the same, in words too. */
async function standsAfterAll(
  { databases, environment, signal }: FlowServices,
  question: RecoveryQuestion,
): Promise<{ readonly stands: FlowContext | null; readonly reason: string }> {
  const { note } = unansweredBy('time-limit', environment);
  // Whatever the try: nobody else writes such a row.
  const stands = await databases.withDatabase(environment, signal, (session) =>
    findDone(session, { ...question, attempt: 2 }),
  );
  return {
    stands,
    reason: `${note}; ${stands === null ? 'its row does not stand' : 'its row stands all the same'}`,
  };
}

type Judged = Pick<FlowOutcome, 'status' | 'reason' | 'context' | 'effect' | 'notCompared'>;

async function outcomeOf(
  services: FlowServices,
  input: RunFlowInput,
  response: ApiResponse,
): Promise<Judged> {
  const parsed = parseFlowAnswer(input.flow, response);
  if (parsed.ok) {
    const context = await contextAfter(services, input, parsed.success);
    return judgedByRows(services, input, {
      ...{ context, told: `HTTP ${String(response.status)}`, reason: null },
    });
  }
  const status = response.kind === 'throttled' ? 'throttled' : 'failed';
  // A refused create may have made its team all the same (strict mode fails the answer after the commit).
  const stands = input.flow === 1 && response.status >= 500 ? await completed(services, input) : null;
  const more = stands === null ? '' : `; team ${String(stands.teamId)} was made all the same`;
  return {
    ...{ status, reason: `${parsed.reason}${more}`, context: null },
    ...(parsed.notAsAsked === true ? { effect: 'not-as-asked' as const } : {}),
  };
}

/**
 * A success is one when the new rows are what was asked for. Nobody else compares them with that: a copy of rows that
 * were not changed, or changed wrongly, is equal to them.
 */
async function judgedByRows(
  services: FlowServices,
  input: RunFlowInput,
  {
    context,
    told,
    reason,
  }: {
    readonly context: FlowContext | null;
    /** What a failure's reason begins with. */
    readonly told: string;
    /** Of a success. */
    readonly reason: string | null;
  },
): Promise<Judged> {
  const teamId = context?.teamId ?? input.context?.teamId ?? null;
  const asked = askedOf(input.flow, services.environment.settings, {
    ...{ teamName: input.teamName, gameId: input.gameId, user: 0 },
    membershipId: context?.membershipId ?? null,
  });
  const [effect] = await effectsOf(services, [{ asked, teamName: input.teamName, teamId }]);
  const { differences, notCompared } = effect ?? { differences: [], notCompared: [] };
  // Committed after the answer, it may be found only now.
  const after = context ?? (await completed(services, input));
  const lacking = after === null || (input.flow === 2 && after.membershipId === null);
  const wrong =
    differences.length === 0 && lacking ? ['the row that it should have made is not there'] : differences;
  if (wrong.length > 0)
    return {
      ...{ status: 'failed', reason: `${told}, but ${wrong.join('; ')}` },
      // A create that names another team than its own must not make that one ours.
      context: input.flow === 1 ? await completed(services, input) : after,
      ...{ effect: 'not-as-asked', notCompared },
    };
  return { status: 'ok', reason, context: after, effect: 'as-asked', notCompared };
}

async function contextAfter(
  services: FlowServices,
  input: RunFlowInput,
  success: FlowSuccess,
): Promise<FlowContext | null> {
  if (input.flow === 1) {
    const { teamId, teamSlug } = success;
    if (teamId !== null && teamSlug !== null) return { teamId, teamSlug, membershipId: null };
    return completed(services, input);
  }
  if (input.flow !== 2 || input.context === null) return input.context;
  if (success.membershipId !== null) return { ...input.context, membershipId: success.membershipId };
  const looked = await completed(services, input);
  return looked?.membershipId == null ? null : looked;
}

/** The membership of flow 2, looked up when its answer did not tell it. */
async function withMembership(services: FlowServices, input: RunFlowInput): Promise<FlowContext | null> {
  const needed = input.flow === 3 || input.flow === 5;
  if (!needed || input.context === null || input.context.membershipId !== null) return input.context;
  return completed(services, input);
}

function completed(services: FlowServices, input: RunFlowInput): Promise<FlowContext | null> {
  const { databases, environment, signal } = services;
  return databases.withDatabase(environment, signal, (session) =>
    completeContext(session, { input, settings: environment.settings }),
  );
}
