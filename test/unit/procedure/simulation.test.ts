import { expect, test } from '@jest/globals';
import { simulationObservation, type SimulationSeen } from '../../../procedure/failure-simulation.js';
import type { Observation, SimulationObservation } from '../../../procedure/observations.js';
import { missingSimulation } from '../../../procedure/rules/simulation-rules.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const SEEN: SimulationSeen = {
  at: '2026-11-27T12:00:00.000Z',
  capture: { table: 'public.teams_team', role: 'deltacrown', grantable: false },
  flow: { status: 'ok', http: 201, reason: null },
  copy: { status: 'missing' },
  log: { status: 'failed', reason: null },
  restored: true,
  reasons: [],
};
const seen = (changes: Partial<SimulationSeen> = {}): SimulationObservation =>
  simulationObservation({ ...SEEN, ...changes });
const judge = (...more: readonly Observation[]): ReturnType<typeof judgeRecorded> =>
  judgeRecorded([...RECORDED.observations, ...more]);
const rulesOf = (one: Observation): string[] =>
  findingsOf({
    observations: [...RECORDED.observations, one],
    thresholds: RECORDED.thresholds,
  }).map(({ rule }) => rule);

test('a failure that is noticed leaves a GO what it is', () => {
  expect(seen()).toMatchObject({
    request: 'ok',
    rows: 'missing',
    log: 'failed',
    restored: true,
    reason: null,
  });
  expect(judge(seen()).verdict).toBe('GO');
});

test('a run without one misses nothing of it', () => {
  expect(missingSimulation(RECORDED.observations)).toEqual([]);
});

test.each([
  [
    'the request fails with its copy',
    { flow: { status: 'failed', http: 500, reason: 'x' }, copy: null, log: null },
    'NO_GO',
    'simulated-failure-fails-request',
  ],
  [
    'no line tells it',
    { log: { status: 'silent', reason: null } },
    'INCONCLUSIVE',
    'simulated-failure-unnoticed',
  ],
  [
    'the log tells a success',
    { log: { status: 'seen', reason: null } },
    'INCONCLUSIVE',
    'simulated-failure-unnoticed',
  ],
  ['it was copied all the same', { copy: { status: 'copied' } }, 'INCONCLUSIVE', null],
  ['nothing could be looked at', { flow: null, copy: null, log: null, reasons: ['x'] }, 'INCONCLUSIVE', null],
  [
    'the create was refused for another reason',
    { flow: { status: 'failed', http: 400, reason: 'x' }, copy: null, log: null },
    'INCONCLUSIVE',
    null,
  ],
  [
    'throttled',
    { flow: { status: 'throttled', http: 429, reason: 'x' }, copy: null, log: null },
    'INCONCLUSIVE',
    null,
  ],
  ['the rows were not compared', { copy: { status: 'unknown' } }, 'INCONCLUSIVE', null],
  ['the log was not read', { log: { status: 'unreadable', reason: 'x' } }, 'INCONCLUSIVE', null],
  ['the right was not seen back', { restored: false }, 'INCONCLUSIVE', null],
] as const)('%s', (...row) => {
  const [, changes, verdict, rule] = row;
  const one = seen(changes);
  expect(judge(one).verdict).toBe(verdict);
  expect(rulesOf(one).filter((name) => name.startsWith('simulated-'))).toEqual(rule === null ? [] : [rule]);
});
