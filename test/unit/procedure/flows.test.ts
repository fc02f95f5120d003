import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  FLOWS,
  FLOW_NUMBERS,
  flowOf,
  isNameOfRun,
  neededFlow,
  performanceTeamName,
  smokeTeamName,
} from '../../../procedure/flows.js';

const TAG = fc.stringMatching(/^[0-9a-f]{8}$/);
const LABEL = fc.stringMatching(/^[a-z0-9 -]{1,20}$/);

test('there are five flows, numbered in order, each with an operation and a file of its own', () => {
  expect(FLOW_NUMBERS).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(FLOWS.map((flow) => flow.operation)).size).toBe(5);
  expect(new Set(FLOWS.map((flow) => flow.file)).size).toBe(5);
  for (const flow of FLOWS) {
    expect(flow.operation).toMatch(/^sync_team_/);
    expect(flow.file).toMatch(new RegExp(`^flow${String(flow.number)}_`));
    expect(flowOf(flow.number)).toBe(flow);
  }
});

test('there is no other flow', () => {
  expect(() => flowOf(6 as never)).toThrow('there is no flow 6');
});

test('a flow needs an earlier one: the team for all, the member for role and removal', () => {
  expect(FLOW_NUMBERS.map((number) => [number, neededFlow(number)])).toEqual([
    [1, null],
    [2, 1],
    [3, 2],
    [4, 1],
    [5, 2],
  ]);
});

describe('names of test teams', () => {
  test('begin as the seed says and are found again by tag', () => {
    fc.assert(
      fc.property(TAG, LABEL, (tag, label) => {
        expect(smokeTeamName(tag, label)).toMatch(/^Staging Test /);
        expect(performanceTeamName(tag, label)).toMatch(/^Perf Test /);
        expect(isNameOfRun(smokeTeamName(tag, label), tag)).toBe(true);
        expect(isNameOfRun(performanceTeamName(tag, label), tag)).toBe(true);
      }),
    );
  });

  test('of another run are never taken for ours', () => {
    fc.assert(
      fc.property(TAG, TAG, LABEL, (tag, other, label) => {
        fc.pre(tag !== other);
        expect(isNameOfRun(smokeTeamName(other, label), tag)).toBe(false);
      }),
    );
  });

  test.each([
    'Staging Test',
    'Staging Test abcd1234',
    'Staging Test abcd12345 x',
    'staging test abcd1234 x',
    ' Staging Test abcd1234 x',
    'My Staging Test abcd1234 x',
    'Perf Test 7',
    'abcd1234',
    '',
  ])('%p is not ours', (name) => {
    expect(isNameOfRun(name, 'abcd1234')).toBe(false);
  });

  test('fit the 50 characters that the application allows', () => {
    expect(smokeTeamName('abcd1234', 'baseline probe 12345').length).toBeLessThanOrEqual(50);
  });
});
