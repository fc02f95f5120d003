import type { EnvironmentSettings } from '../../environment/settings.js';
import type { FlowNumber } from '../../procedure/flows.js';
import type { FlowContext } from '../contract.js';
import { describeError, type ApiResponse } from './response.js';

/** What a flow is built from. */
export interface FlowInput {
  readonly testData: EnvironmentSettings['testData'];
  readonly teamName: string;
  readonly gameId: number;
  readonly context: FlowContext | null;
}

export interface FlowRequest {
  readonly method: 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Role that flow 2 gives, and the one that flow 3 changes it to. */
export const FIRST_ROLE = 'PLAYER';
export const SECOND_ROLE = 'SUBSTITUTE';

/** What flow 4 writes: other values than flow 1, and of this team alone, so that a repeated step knows its own work. */
export function newSettings({ testData, teamName }: FlowInput): {
  readonly region: string;
  readonly description: string;
} {
  return {
    region: testData.otherRegion,
    description: `Settings changed by the readiness check of "${teamName}"`,
  };
}

/** Builds a flow's request (seed §9), or says why it cannot be built: a flow needs what a former one made. */
export function buildFlowRequest(
  flow: FlowNumber,
  input: FlowInput,
): { readonly ok: true; readonly request: FlowRequest } | { readonly ok: false; readonly reason: string } {
  const { context, testData, teamName: name, gameId } = input;
  const post = (
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): { ok: true; request: FlowRequest } => ({
    ok: true,
    request: { method: 'POST', path, ...(body === undefined ? {} : { body }) },
  });
  if (flow === 1) return post('/api/vnext/teams/create/', { name, game_id: gameId, region: testData.region });
  if (context === null) return { ok: false, reason: 'it needs the team of flow 1, and there is none' };
  const team = `/api/vnext/teams/${encodeURIComponent(context.teamSlug)}`;
  if (flow === 2)
    return post(`${team}/members/add/`, { user_lookup: testData.member, role: FIRST_ROLE, is_active: true });
  if (flow === 4) return post(`${team}/settings/`, { ...newSettings(input) });
  if (context.membershipId === null)
    return { ok: false, reason: 'it needs the membership of flow 2, and there is none' };
  const member = `${team}/members/${String(context.membershipId)}`;
  return flow === 3 ? post(`${member}/role/`, { role: SECOND_ROLE }) : post(`${member}/remove/`);
}

/** What a success told; an id that is absent has to be looked up. */
export interface FlowSuccess {
  readonly teamId: number | null;
  readonly teamSlug: string | null;
  readonly membershipId: number | null;
}

/**
 * Whether an answer is the flow's success (docs/target.md). Only what contradicts it is a failure: a status other
 * than 200 or 201, `"success": false`, or another role than the one asked for. A missing key is not.
 */
export function parseFlowAnswer(
  flow: FlowNumber,
  response: ApiResponse,
):
  | { readonly ok: true; readonly success: FlowSuccess }
  | {
      readonly ok: false;
      readonly reason: string;
      /** It calls itself done, and says itself that something else was done. */
      readonly notAsAsked?: true;
    } {
  if (response.kind === 'throttled' || (response.status !== 200 && response.status !== 201)) {
    return { ok: false, reason: describeError(response) };
  }
  const fields = objectOf(response.json);
  if (fields === null)
    return { ok: false, reason: `HTTP ${String(response.status)}, but the body is no JSON object` };
  if (fields['success'] === false)
    return { ok: false, reason: `HTTP ${String(response.status)}, but "success" is false` };
  const role = objectOf(fields['member'])?.['role'];
  if (flow === 3 && typeof role === 'string' && role !== SECOND_ROLE) {
    return {
      ok: false,
      reason: `HTTP ${String(response.status)}, but the role is ${role}, not ${SECOND_ROLE}`,
      notAsAsked: true,
    };
  }
  return {
    ok: true,
    success: {
      teamId: idOf(fields['team_id']),
      teamSlug:
        typeof fields['team_slug'] === 'string' && fields['team_slug'] !== '' ? fields['team_slug'] : null,
      membershipId: idOf(fields['membership_id']),
    },
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function idOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}
