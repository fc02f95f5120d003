import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { FlowContext, RunFlowInput, RunFlowOutput } from '../contract.js';
import type { Databases } from '../database/database.js';
import { saveFlow, savedFlow, type FlowOutcome } from './flow-evidence.js';
import { completeContext, findDone } from './flow-recovery.js';
import { buildFlowRequest, parseFlowAnswer, type FlowSuccess } from './flows.js';
import { requestPatiently } from './patience.js';
import type { ApiResponse } from './response.js';
import type { ApiSessions } from './session.js';

/** What a flow is run with. */
export interface FlowServices {
  readonly sessions: ApiSessions;
  readonly databases: Databases;
  readonly environment: LoadedEnvironment;
  readonly signal: AbortSignal;
}

/**
 * One flow of seed §9. Run twice, the second time finds the row that the first made. Throws TargetUnreachable when no
 * answer came (the row may stand: the next try finds it), Unauthorized when the user is refused.
 */
export async function runFlow(services: FlowServices, input: RunFlowInput): Promise<RunFlowOutput> {
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
  const done = await databases.withDatabase(environment, signal, (session) => findDone(session, question));
  if (done !== null) {
    const reason =
      'the row stands already: an earlier try of this step made it, so there is neither answer nor time for it';
    return saveFlow(input, {
      ...none,
      status: 'ok',
      reason,
      context: done,
      recovered: true,
      request: built.request,
    });
  }

  const correlationId = randomUUID();
  const response = await requestPatiently(services.sessions, environment, {
    ...built.request,
    signal,
    correlationId,
  });
  const sent = { ...none, request: built.request, response, correlationId };
  return saveFlow(input, { ...sent, ...(await outcomeOf(services, question.input, response)) });
}

type Judged = Pick<FlowOutcome, 'status' | 'reason' | 'context'>;

async function outcomeOf(
  services: FlowServices,
  input: RunFlowInput,
  response: ApiResponse,
): Promise<Judged> {
  const parsed = parseFlowAnswer(input.flow, response);
  if (parsed.ok) {
    const context = await contextAfter(services, input, parsed.success);
    if (context !== null) return { status: 'ok', reason: null, context };
    return {
      status: 'failed',
      reason: `HTTP ${String(response.status)}, but the row that it should have made is not there`,
      context,
    };
  }
  const status = response.kind === 'throttled' ? 'throttled' : 'failed';
  // A refused create may have made its team all the same (strict mode fails the answer after the commit).
  const stands = input.flow === 1 && response.status >= 500 ? await completed(services, input) : null;
  const more = stands === null ? '' : `; team ${String(stands.teamId)} was made all the same`;
  return { status, reason: `${parsed.reason}${more}`, context: null };
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
