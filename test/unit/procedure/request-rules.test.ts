/** Requests that fail, or get no answer, where they did not with the flag off: flows and timed writes. */
import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../procedure/findings.js';
import type {
  FlowObservation,
  LatencyObservation,
  Observation,
  Side,
} from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

type Changes = readonly Observation[];
const seen = (fresh: Changes): Observation[] =>
  RECORDED.observations.map((one) => fresh.find(({ id }) => id === one.id) ?? one);
const found = (observations: Changes): Finding[] =>
  findingsOf({ observations, thresholds: RECORDED.thresholds });
const USUAL = found(RECORDED.observations).map((one) => one.rule);
/** What is found besides what that run had found. */
const foundOver = (...fresh: Changes): Finding[] =>
  found(seen(fresh)).filter(({ rule }) => !USUAL.includes(rule));
const rulesOver = (...fresh: Changes): string[] => foundOver(...fresh).map((one) => one.rule);

function latency(side: Side, change: Partial<LatencyObservation>): Observation {
  const known = RECORDED.observations.find((one) => one.kind === 'latency' && one.side === side);
  return { ...(known as LatencyObservation), ...change };
}
function flow(side: Side, change: Partial<FlowObservation>): Observation {
  const known = RECORDED.observations.find(
    (one) => one.kind === 'flow' && one.side === side && one.flow === 3,
  );
  return { ...(known as FlowObservation), http: null, ...change };
}

describe('timed writes', () => {
  test('that answer 5xx with the flag on only are as bad as a flow that does', () => {
    const broken = latency('after', { failures: 3, serverErrors: 3 });
    expect(rulesOver(broken)).toContain('broken-by-dual-write');
    expect(judgeRecorded(seen([broken])).verdict).toBe('NO_GO');
    const refused = latency('after', { failures: 3, serverErrors: 0 });
    expect(rulesOver(refused)).not.toContain('broken-by-dual-write');
    expect(judgeRecorded(seen([refused])).verdict).toBe('INCONCLUSIVE');
  });

  test('that get no answer with the flag on only ask people, and are no GO', () => {
    const lost = latency('after', { failures: 1, unanswered: 1 });
    expect(foundOver(lost)).toEqual([
      expect.objectContaining({
        ...{ rule: 'unanswered-with-dual-write', severity: 'HIGH', action: 'ask', verdict: 'INCONCLUSIVE' },
        because: expect.stringContaining('Team create: 1 of'),
        proof: ['after-latency', 'baseline-latency'],
      }),
    ]);
    expect(judgeRecorded(seen([lost])).verdict).toBe('INCONCLUSIVE');
  });

  test.each([
    ['broken-by-dual-write', { failures: 1, serverErrors: 1 }],
    ['unanswered-with-dual-write', { failures: 1, unanswered: 1 }],
  ])(
    '%s: what the baseline showed already, or could not show, is not blamed on dual-write',
    (rule, wrong) => {
      const after = latency('after', wrong);
      expect(rulesOver(latency('baseline', wrong), after)).not.toContain(rule);
      expect(rulesOver(latency('baseline', { samples: 0 }), after)).not.toContain(rule);
      expect(rulesOver(latency('baseline', wrong))).not.toContain(rule);
      expect(judgeRecorded(seen([latency('baseline', wrong)])).verdict).toBe('INCONCLUSIVE');
    },
  );

  test('whose connection broke are no GO, and ask nobody: a target that was restarted does that too', () => {
    const broke = latency('after', { failures: 1, connectionsLost: 1 });
    expect(rulesOver(broke)).toEqual([]);
    expect(judgeRecorded(seen([broke]))).toMatchObject({
      verdict: 'INCONCLUSIVE',
      reasons: [expect.stringContaining('(connection lost before the answer: 1)')],
    });
  });
});

describe('a flow', () => {
  test('that gets no answer with the flag on only asks people', () => {
    const lost = flow('after', {
      status: 'failed',
      unanswered: 'time-limit',
      reason: 'no answer within 30 s',
    });
    expect(rulesOver(lost)).toEqual(['unanswered-with-dual-write']);
    expect(judgeRecorded(seen([lost])).verdict).toBe('INCONCLUSIVE');
  });

  test('that got none with the flag off is a fault of the baseline', () => {
    const failed = { status: 'failed', unanswered: 'time-limit', reason: 'no answer within 30 s' } as const;
    expect(rulesOver(flow('baseline', failed), flow('after', failed))).toEqual(['baseline-fault']);
    expect(judgeRecorded(seen([flow('baseline', failed)])).verdict).toBe('INCONCLUSIVE');
  });

  test.each(['throttled', 'skipped'] as const)('that was %s with the flag off is no GO', (status) => {
    const { verdict, reasons } = judgeRecorded(
      seen([flow('baseline', { status, reason: 'Retry-After 3600' })]),
    );
    expect(verdict).toBe('INCONCLUSIVE');
    expect(reasons.join(' ')).toContain(`was ${status} with the flag off: Retry-After 3600.`);
  });

  test.each(['baseline', 'after'] as const)('whose connection broke is no GO (%s)', (side) => {
    const again = flow(side, { reason: 'its row stands', unanswered: 'connection-lost' });
    const { verdict, reasons } = judgeRecorded(seen([again]));
    expect(verdict).toBe('INCONCLUSIVE');
    expect(reasons.join(' ')).toMatch(/Flow 3 .* got no answer: its row stands/);
  });
});
