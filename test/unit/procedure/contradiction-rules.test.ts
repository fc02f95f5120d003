import { expect, test } from '@jest/globals';
import type { CopyObservation, LogObservation, Observation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { RECORDED } from '../../support/recorded-go.js';

const COMPLETED = { status: 'seen', counts: { scheduled: 1, completed: 1, failed: 0, critical: 0 } } as const;
const FAILED = { status: 'failed', counts: { scheduled: 1, completed: 0, failed: 1, critical: 0 } } as const;
const RETRIED = { status: 'failed', counts: { scheduled: 1, completed: 1, failed: 1, critical: 0 } } as const;
const SILENT = { status: 'silent', counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 } } as const;

test.each([
  { rows: { status: 'missing', copied: 0 }, log: COMPLETED, told: /flow 3: the log says completed/ },
  { rows: { status: 'wrong', copied: 0 }, log: COMPLETED, told: /the rows are wrong/ },
  { rows: { status: 'copied' }, log: FAILED, told: /says failed and nothing else, the rows are right/ },
  { rows: { status: 'copied' }, log: COMPLETED, told: null },
  // A copy that was tried again and came through.
  { rows: { status: 'copied' }, log: RETRIED, told: null },
  { rows: { status: 'missing', copied: 0 }, log: FAILED, told: null },
  { rows: { status: 'missing', copied: 0 }, log: SILENT, told: null },
  // Read once only: the copy may still have been on its way.
  { rows: { status: 'missing', copied: 0, confirmed: false }, log: COMPLETED, told: null },
] as const)('rows $rows.status, log $log.status: $told', ({ rows, log, told }) => {
  const change = (one: Observation): Observation => {
    if (one.id === 'after-flow3-rows') return { ...(one as CopyObservation), ...rows };
    return one.id === 'after-flow3-log' ? { ...(one as LogObservation), ...log } : one;
  };
  const findings = findingsOf({
    observations: RECORDED.observations.map(change),
    thresholds: RECORDED.thresholds,
  });
  const finding = findings.find((one) => one.rule === 'log-contradicts-rows');
  expect(finding === undefined).toBe(told === null);
  if (told === null) return;
  expect(finding).toMatchObject({ severity: 'MEDIUM', action: 'investigate', verdict: 'INCONCLUSIVE' });
  expect(finding?.because).toMatch(told);
  expect(finding?.proof).toEqual(['after-flow3-log', 'after-flow3-rows']);
});
