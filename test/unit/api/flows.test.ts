import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildFlowRequest, parseFlowAnswer } from '../../../activities/api/flows.js';
import type { ApiResponse } from '../../../activities/api/response.js';
import { FLOW_NUMBERS } from '../../../procedure/flows.js';
import { testEnvironment } from '../database/environment.js';

const { testData } = testEnvironment().settings;
const context = { teamId: 5, teamSlug: 'a b', membershipId: 9 };
const input = { testData, teamName: 'Staging Test 0a1b2c3d x', gameId: 3, context };
const answer = (status: number, json?: unknown): ApiResponse => ({
  kind: 'answer',
  status,
  headers: {},
  body: json === undefined ? '<html>' : JSON.stringify(json),
  truncated: false,
  ms: 1,
  correlationId: 'c',
  ...(json === undefined ? {} : { json }),
});

describe('requests', () => {
  test.each([
    [1, '/api/vnext/teams/create/', { name: input.teamName, game_id: 3, region: 'EU' }],
    [2, '/api/vnext/teams/a%20b/members/add/', { user_lookup: 'player1', role: 'PLAYER', is_active: true }],
    [3, '/api/vnext/teams/a%20b/members/9/role/', { role: 'SUBSTITUTE' }],
    [
      4,
      '/api/vnext/teams/a%20b/settings/',
      { region: 'NA', description: expect.stringContaining(input.teamName) },
    ],
    [5, '/api/vnext/teams/a%20b/members/9/remove/', undefined],
  ] as const)('flow %i is %s', (flow, path, body) => {
    const built = buildFlowRequest(flow, input);
    expect(built).toEqual({
      ok: true,
      request: { method: 'POST', path, ...(body === undefined ? {} : { body }) },
    });
  });
  test('a flow without what it needs is told', () => {
    for (const flow of [2, 3, 4, 5] as const)
      expect(buildFlowRequest(flow, { ...input, context: null }).ok).toBe(false);
    for (const flow of [3, 5] as const) {
      expect(buildFlowRequest(flow, { ...input, context: { ...context, membershipId: null } }).ok).toBe(
        false,
      );
    }
  });
});

describe('answers', () => {
  test('ids are read, missing and unknown keys tolerated', () => {
    expect(parseFlowAnswer(1, answer(201, { team_id: 7, team_slug: 's', team_url: '/x', more: 1 }))).toEqual({
      ok: true,
      success: { teamId: 7, teamSlug: 's', membershipId: null },
    });
    expect(parseFlowAnswer(2, answer(200, { success: true }))).toMatchObject({
      ok: true,
      success: { membershipId: null },
    });
  });
  test.each([
    [
      1,
      answer(403, { error_code: 'vnext_creation_disabled', message: 'Off.' }),
      'HTTP 403 vnext_creation_disabled: Off.',
    ],
    [2, answer(200, { success: false }), 'HTTP 200, but "success" is false'],
    [
      3,
      answer(200, { success: true, member: { role: 'PLAYER' } }),
      'HTTP 200, but the role is PLAYER, not SUBSTITUTE',
    ],
    [4, answer(200), 'HTTP 200, but the body is no JSON object'],
    [5, answer(302, {}), 'HTTP 302 {}'],
  ] as const)('flow %i with a contradiction fails', (flow, response, reason) => {
    expect(parseFlowAnswer(flow, response)).toMatchObject({ ok: false, reason });
  });
  test('nothing but 200 and 201 is ever a success, and no body makes it throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FLOW_NUMBERS),
        fc.integer({ min: 100, max: 599 }),
        fc.jsonValue(),
        (flow, status, body) => {
          const { ok } = parseFlowAnswer(flow, answer(status, body));
          if (ok) expect([200, 201]).toContain(status);
        },
      ),
    );
  });
});
