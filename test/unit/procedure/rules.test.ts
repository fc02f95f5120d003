import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../procedure/findings.js';
import { FLOW_NUMBERS } from '../../../procedure/flows.js';
import type {
  CopyObservation,
  LatencyObservation,
  LogObservation,
  Observation,
} from '../../../procedure/observations.js';
import type { Verdict } from '../../../procedure/outcome.js';
import type { Thresholds } from '../../../procedure/plan.js';
import { findingsOf, RULES } from '../../../procedure/rules/table.js';
import { verdictOf } from '../../../procedure/rules/verdict.js';

const thresholds: Thresholds = {
  minimumEvents: 3,
  p95Ratio: 2,
  minimumDeltaMs: 25,
  connectionShare: 0.8,
  orphanChecks: 3,
  lagBudgetMs: 10_000,
  createAcceptableP95Ms: 200,
  createAlertP95Ms: 300,
};
const freshness = { baselineMs: 24 * 3_600_000, proofsMs: 3_600_000 };
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 23, 12, minute)).toISOString();

function copy(write: CopyObservation['write'], change: Partial<CopyObservation> = {}): CopyObservation {
  const attempted = write === 'performance' ? 23 : 1;
  return {
    ...{
      kind: 'copy',
      id: `copy-${String(write)}`,
      at: at(5),
      source: 'rows',
      side: 'after',
      write,
      teamIds: [1],
    },
    ...{
      status: 'copied',
      attempted,
      copied: attempted,
      differences: [],
      confirmed: true,
      lagMs: 0,
      reason: null,
    },
    ...change,
  };
}

function log(write: LogObservation['write'], change: Partial<LogObservation> = {}): LogObservation {
  return {
    ...{
      kind: 'log',
      id: `log-${String(write)}`,
      at: at(5),
      source: 'log',
      side: 'after',
      write,
      operation: null,
    },
    ...{ status: 'seen', counts: { scheduled: 1, completed: 1, failed: 0, critical: 0 }, reason: null },
    ...change,
  };
}

const flow = (
  side: 'baseline' | 'after',
  number: (typeof FLOW_NUMBERS)[number],
  http = 200,
): Observation => ({
  ...{
    kind: 'flow',
    id: `flow-${side}-${String(number)}`,
    at: at(side === 'baseline' ? 2 : 4),
    source: 'api',
    side,
    flow: number,
  },
  ...{ status: http < 400 ? 'ok' : 'failed', http, ms: 10, reason: http < 400 ? null : 'server error' },
});
const latency = (
  side: 'baseline' | 'after',
  p95Ms: number,
  more: Partial<LatencyObservation> = {},
): Observation => ({
  ...{
    kind: 'latency',
    id: `latency-${side}`,
    at: at(side === 'baseline' ? 2 : 6),
    source: 'api',
    side,
    operation: 'team_create',
  },
  ...{ samples: 20, failures: 0, averageMs: p95Ms, p50Ms: p95Ms, p95Ms },
  ...more,
});
/** With the interval that a hundred creates may have. */
const timed = (
  side: 'baseline' | 'after',
  p95Ms: number,
  p95IntervalMs: readonly [number, number],
): Observation => latency(side, p95Ms, { samples: 100, samplesNeeded: 72, p95IntervalMs });
const database = (id: string, minute: number, orphanMappings = 0): Observation => ({
  ...{ kind: 'database', id, at: at(minute), source: 'rows', orphanMappings },
  ...{ duplicateLegacyIds: 0, connections: 10, usableConnections: 97, reason: null },
});
const report = (side: 'baseline' | 'after'): Observation => ({
  ...{
    kind: 'report',
    id: `${side}-report`,
    at: at(side === 'baseline' ? 1 : 9),
    source: 'report',
    side,
    status: 'read',
    numbers: { legacy_teams: 2, vnext_teams: 2, mapped_teams: 1, total_mappings: 1, orphan_mappings: 0 },
    reason: null,
  },
});
const flags = (
  status: 'as-expected' | 'differs' | 'unknown' = 'as-expected',
  id = 'validation-flags',
): Observation => ({
  ...{
    kind: 'serving-flags',
    id,
    at: at(id === 'enable-flags' ? 4 : 9),
    source: 'processes',
    expected: 'enabled',
    status,
  },
  processes: [
    {
      id: 'pid 1',
      values: {
        TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true',
        TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false',
        TEAM_LEGACY_WRITE_BLOCKED: 'true',
        TEAM_LEGACY_WRITE_BYPASS_ENABLED: 'false',
      },
    },
  ],
  reason: status === 'as-expected' ? null : 'pid 1 carries ENABLED=false instead of true',
});
const soak = (change: Partial<Extract<Observation, { kind: 'soak' }>> = {}): Observation => ({
  ...{
    kind: 'soak',
    id: 'soak',
    at: at(30),
    source: 'soak',
    plannedMs: 1000,
    elapsedMs: 1001,
    checks: 1,
    gaps: 0,
  },
  ...{ longestGapIntervals: 0, ...change },
});

const STRICT_LINE = { scheduled: 0, completed: 0, failed: 0, critical: 1 };
const restarts = (change: Partial<Extract<Observation, { kind: 'restarts' }>>): Observation => ({
  ...{ kind: 'restarts', id: 'watch-restarts', at: '2026-11-01T10:00:00.000Z', source: 'processes' },
  ...{ count: 0, windowMs: 120_000, loop: false, reason: null, ...change },
});
const rollout = (status: 'complete' | 'failed'): Observation => ({
  ...{ kind: 'rollout', id: 'enable-rollout', at: at(3), source: 'supervisor', change: 'enable', status },
  ...(status === 'failed'
    ? { restartLoop: true, durationMs: 1, reason: 'exit 3' }
    : { restartLoop: false, durationMs: 1, reason: null }),
});
const BROKEN_ROLLOUT = rollout('failed');
const SOAK_CHECK: readonly Observation[] = [
  { ...flags('as-expected', 'soak-0001-flags'), at: at(20) },
  copy('soak', { id: 'soak-0001-rows', at: at(20) }),
  database('soak-0001-database', 20),
  log('soak', { id: 'soak-0001-log', at: at(20) }),
];

const HEALTHY: readonly Observation[] = [
  ...FLOW_NUMBERS.flatMap((number) => [
    flow('baseline', number),
    flow('after', number),
    copy(number),
    log(number),
  ]),
  ...[copy('performance'), log('performance'), latency('baseline', 20), latency('after', 30)],
  ...[
    database('baseline-database', 1),
    database('after-database', 9),
    rollout('complete'),
    flags('as-expected', 'enable-flags'),
    ...SOAK_CHECK,
    report('baseline'),
    report('after'),
    flags(),
    soak(),
  ],
];

function judge(
  observations: readonly Observation[],
  stage: 'validation' | 'final' = 'final',
): { verdict: Verdict; findings: Finding[] } {
  const findings = findingsOf({ observations, thresholds });
  const samples = { measured: 20, warmUp: 3, claim: 'none', ratePerSecond: 4 } as const;
  return { findings, verdict: verdictOf({ observations, findings, samples, freshness, stage }).verdict };
}
const replaced = (...fresh: readonly Observation[]): Observation[] => [
  ...HEALTHY.filter((one) => !fresh.some((other) => other.id === one.id)),
  ...fresh,
];
const failedCopy = (write: CopyObservation['write']): Observation =>
  copy(write, { status: 'missing', copied: 0 });

describe('the verdict', () => {
  test('is GO when every measurement is there and good', () => {
    expect(judge(HEALTHY)).toEqual({ verdict: 'GO', findings: [] });
  });

  test.each([
    { name: 'nothing compared', fresh: copy(3, { status: 'none', attempted: 0, copied: 0 }) },
    { name: 'rows unreadable', fresh: copy(3, { status: 'unknown', reason: 'no connection' }) },
    { name: 'log unreadable', fresh: log(3, { status: 'unreadable' }) },
    { name: 'flags unreadable', fresh: flags('unknown') },
    { name: 'soak too short', fresh: soak({ elapsedMs: 900 }) },
    { name: 'soak without a check', fresh: soak({ checks: 0 }) },
    { name: 'soak with a long gap', fresh: soak({ checks: 100, gaps: 4, longestGapIntervals: 4 }) },
    { name: 'soak with many gaps', fresh: soak({ checks: 18, gaps: 2, longestGapIntervals: 1 }) },
  ])('is INCONCLUSIVE with $name', ({ fresh }) => {
    expect(judge(replaced(fresh)).verdict).toBe('INCONCLUSIVE');
  });

  test('before the soak does not ask for the soak', () => {
    expect(
      judge(
        HEALTHY.filter((one) => one.kind !== 'soak'),
        'validation',
      ).verdict,
    ).toBe('GO');
  });
});

describe('the rules', () => {
  const CASES = [
    { rule: 'copy-failed', severity: 'LOW', action: 'continue', verdict: 'NO_GO', fresh: [failedCopy(2)] },
    {
      ...{ rule: 'copy-failed', severity: 'LOW', action: 'continue', verdict: 'NO_GO' },
      fresh: [log(2, { status: 'failed' })],
    },
    {
      ...{ rule: 'all-copies-failed', severity: 'HIGH', action: 'disable', verdict: 'NO_GO' },
      fresh: [
        ...FLOW_NUMBERS.map(failedCopy),
        copy('performance', { status: 'missing', copied: 0 }),
        copy('soak', { id: 'soak-0001-rows', status: 'missing', copied: 0 }),
      ],
    },
    {
      ...{ rule: 'strict-mode-fails-requests', severity: 'CRITICAL', action: 'disable', verdict: 'NO_GO' },
      fresh: [
        log(1, {
          counts: { scheduled: 0, completed: 0, failed: 1, critical: 1 },
          reason: 'Dual-write strict mode: raising exception',
        }),
      ],
    },
    {
      ...{ rule: 'pool-exhaustion', severity: 'CRITICAL', action: 'disable', verdict: 'NO_GO' },
      fresh: [{ ...database('database-after', 9), connections: 79 } as Observation],
    },
    {
      ...{ rule: 'duplicate-legacy-ids', severity: 'MEDIUM', action: 'pause', verdict: 'NO_GO' },
      fresh: [{ ...database('database-after', 9), duplicateLegacyIds: 1 } as Observation],
    },
    {
      ...{ rule: 'orphans-appeared', severity: 'MEDIUM', action: 'investigate', verdict: 'INCONCLUSIVE' },
      fresh: [database('after-database', 12, 1)],
    },
    {
      rule: 'copy-failed',
      severity: 'LOW',
      action: 'continue',
      verdict: 'NO_GO',
      fresh: [
        log('watch', { status: 'failed', counts: { scheduled: 2, completed: 1, failed: 1, critical: 0 } }),
      ],
    },
    {
      ...{ rule: 'orphans-increasing', severity: 'MEDIUM', action: 'investigate', verdict: 'INCONCLUSIVE' },
      fresh: [1, 3, 2].map((count, at_) => database(`database-${String(at_)}`, 10 + at_, count)),
    },
    {
      ...{ rule: 'p95-over-twice-baseline', severity: 'HIGH', action: 'ask', verdict: 'INCONCLUSIVE' },
      fresh: [timed('baseline', 20, [18, 22]), timed('after', 60, [45, 70])],
    },
    {
      ...{ rule: 'p95-twice-unproven', severity: 'LOW', action: 'continue', verdict: 'GO' },
      fresh: [latency('after', 41)],
    },
    {
      ...{ rule: 'p95-twice-unproven', severity: 'LOW', action: 'continue', verdict: 'GO' },
      fresh: [timed('baseline', 20, [18, 25]), timed('after', 60, [45, 70])],
    },
    // Proven, but less than minimumDelta slower.
    {
      ...{ rule: 'p95-twice-unproven', severity: 'LOW', action: 'continue', verdict: 'GO' },
      fresh: [timed('baseline', 10, [9, 11]), timed('after', 30, [25, 35])],
    },
    {
      ...{ rule: 'p95-over-alert', severity: 'HIGH', action: 'ask', verdict: 'INCONCLUSIVE' },
      fresh: [timed('baseline', 350, [330, 400]), timed('after', 360, [301, 420])],
    },
    {
      rule: 'p95-over-acceptable',
      severity: 'LOW',
      action: 'continue',
      verdict: 'GO',
      fresh: [latency('after', 201)],
    },
    {
      ...{ rule: 'wrong-copy', severity: 'HIGH', action: 'disable', verdict: 'NO_GO' },
      fresh: [
        copy(2, {
          ...{ status: 'wrong', copied: 0 },
          differences: [
            { class: 'wrong-person', row: 'membership 7', field: 'user', expected: 'ann', found: 'bob' },
          ],
        }),
      ],
    },
    {
      rule: 'broken-by-dual-write',
      severity: 'CRITICAL',
      action: 'disable',
      verdict: 'NO_GO',
      fresh: [flow('after', 4, 500)],
    },
    {
      ...{ rule: 'baseline-fault', severity: 'LOW', action: 'continue', verdict: 'INCONCLUSIVE' },
      fresh: [flow('baseline', 4, 500), flow('after', 4, 500)],
    },
    {
      rule: 'log-silent',
      severity: 'LOW',
      action: 'continue',
      verdict: 'GO',
      fresh: [log(2, { status: 'silent' })],
    },
    {
      ...{ rule: 'restart-loop', severity: 'CRITICAL', action: 'disable', verdict: 'NO_GO' },
      fresh: [BROKEN_ROLLOUT],
    },
    {
      ...{ rule: 'restart-loop', severity: 'CRITICAL', action: 'disable', verdict: 'NO_GO' },
      fresh: [restarts({ loop: true, count: 1, reason: '3 restarts within 120 s' })],
    },
    {
      ...{ rule: 'unexpected-restart', severity: 'LOW', action: 'continue', verdict: 'GO' },
      fresh: [restarts({ count: 1, reason: 'all serving processes were replaced at 12:00' })],
    },
    {
      ...{ rule: 'strict-mode-fails-requests', severity: 'CRITICAL', action: 'disable', verdict: 'NO_GO' },
      fresh: [log('watch', { counts: STRICT_LINE, reason: 'Dual-write strict mode: request failed' })],
    },
    {
      ...{ rule: 'watching-blind', severity: 'MEDIUM', action: 'pause', verdict: 'INCONCLUSIVE' },
      fresh: [log('watch', { status: 'unreadable', reason: 'The log could not be opened (EACCES).' })],
    },
    {
      ...{ rule: 'watching-blind', severity: 'MEDIUM', action: 'pause', verdict: 'INCONCLUSIVE' },
      fresh: [{ ...flags('unknown'), id: 'watch-flags-blind', source: 'watch' }],
    },
    {
      ...{ rule: 'flag-drift', severity: 'HIGH', action: 'ask', verdict: 'INCONCLUSIVE' },
      fresh: [flags('differs')],
    },
  ] as const;
  test.each(CASES)(
    '$rule: $severity, $action, verdict $verdict',
    ({ rule, severity, action, verdict, fresh }) => {
      const judged = judge(replaced(...fresh));
      const finding = judged.findings.find((one) => one.rule === rule);
      expect(finding).toMatchObject({ severity, action });
      expect(finding?.because.length).toBeGreaterThan(20);
      expect(judged.verdict).toBe(verdict);
      const known = new Set(replaced(...fresh).map((one) => one.id));
      expect(finding?.proof.length).toBeGreaterThan(0);
      for (const id of finding?.proof ?? []) expect(known).toContain(id);
    },
  );

  test('every rule has a name of its own and a case above, or in a file of its own', () => {
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
    const elsewhere =
      /^(audit-|inline-|copies-late|log-contradicts|report-disagrees|queries-|settings-|static-|simulated-|target-|unanswered-|write-without-|duplicates-|baseline-duplicates|baseline-queries|critical-log-line)/;
    const here = RULES.map((rule) => rule.id).filter((id) => !elsewhere.test(id));
    expect(new Set<string>(CASES.map(({ rule }) => rule))).toEqual(new Set(here));
  });

  test('a flow that was broken before is not blamed on dual-write', () => {
    const rules = judge(replaced(flow('baseline', 4, 500), flow('after', 4, 500))).findings.map(
      (one) => one.rule,
    );
    expect(rules).not.toContain('broken-by-dual-write');
  });

  test('100 % of two writes is not enough to say "all"', () => {
    const two: Observation[] = [failedCopy(1), failedCopy(2)];
    expect(findingsOf({ observations: two, thresholds }).map((one) => one.rule)).toEqual(['copy-failed']);
  });

  test('a soak check that finds no line in the log is no silent log', () => {
    const quiet = [copy('soak'), log('soak', { status: 'silent' })];
    expect(judge(replaced(...quiet)).findings).toEqual([]);
  });
});
