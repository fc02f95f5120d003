/** The rules as a whole: they answer whatever is seen, in any order, and no further failure ever makes the verdict better. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LatencyObservation, Observation } from '../../../procedure/observations.js';
import { findingsOf, RULES } from '../../../procedure/rules/table.js';
import type { VerdictInput, VerdictOutput } from '../../../procedure/rules/verdict.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const WORSE = { GO: 0, INCONCLUSIVE: 1, NO_GO: 2 } as const;

const judge = (observations: readonly Observation[], stage: VerdictInput['stage'] = 'final'): VerdictOutput =>
  judgeRecorded(observations, { stage });

/** One thing more that went wrong in what was seen with dual-write on; a kind where nothing can is left as it is. */
function worsened(one: Observation, how: number): Observation {
  switch (one.kind) {
    case 'flow':
      return one.side === 'baseline' || one.status === 'failed'
        ? one
        : how % 3 === 0
          ? { ...one, status: 'failed', effect: 'not-as-asked', reason: 'HTTP 200, but nothing changed' }
          : { ...one, status: 'failed', http: how % 2 === 0 ? 500 : 403, reason: 'refused' };
    case 'copy':
      return {
        ...one,
        status: how % 2 === 0 ? 'missing' : 'wrong',
        copied: Math.max(0, one.copied - 1 - (how % 3)),
        differences: [
          {
            class: how % 2 === 0 ? 'missing-in-legacy' : 'wrong-person',
            row: 'team 1',
            field: null,
            expected: 'a',
            found: null,
          },
        ],
        confirmed: true,
      };
    case 'log':
      return {
        ...one,
        status: 'failed',
        counts: {
          ...one.counts,
          failed: one.counts.failed + 1,
          critical: one.counts.critical + (how % 2),
        },
        reason: one.reason ?? ['strict mode is on', 'too many clients', 'OperationalError'][how % 3] ?? null,
      };
    case 'serving-flags':
      // A reading that failed is a gap, not a failure; what differed stays so.
      return { ...one, status: 'differs', reason: 'other values' };
    case 'latency':
      if (one.side === 'baseline') return one;
      return how % 7 === 0
        ? { ...one, failures: one.failures + 1, withoutEffect: (one.withoutEffect ?? 0) + 1 }
        : worseLatency(one, how);
    case 'database':
      return one.id.startsWith('baseline')
        ? one
        : {
            ...one,
            duplicateLegacyIds: (one.duplicateLegacyIds ?? 0) + 1 + (how % 2),
            connections: Math.max(one.connections ?? 0, how % 60),
          };
    case 'rollout':
      return { ...one, status: 'failed', restartLoop: how % 2 === 0, reason: 'it dies' };
    case 'restarts':
      return { ...one, count: one.count + 3, loop: true };
    case 'report':
      return { ...one, status: 'unreadable', numbers: {}, reason: 'it ended with code 1' };
    case 'queries':
      return {
        ...one,
        operations: one.operations.map((two) => ({ ...two, request: two.request + 1 + how })),
      };
    case 'static-files':
      return { ...one, status: 'failed', reason: 'it answered 404' };
    case 'drift':
      return { ...one, changes: [...one.changes, { kind: 'edited', text: 'somebody changed it' }] };
    case 'simulation':
      return { ...one, request: 'failed', http: 500, reason: 'it answered 500' };
    case 'soak':
      return { ...one, gaps: one.gaps + 1 + how, longestGapIntervals: one.longestGapIntervals + how };
  }
}

/** Slower, or one more write refused, answered with a server error, not answered, cut off or left out. */
function worseLatency(one: LatencyObservation, how: number): LatencyObservation {
  const more = (key: 'failures' | 'serverErrors' | 'unanswered' | 'connectionsLost' | 'leftOut'): object => ({
    [key]: (one[key] ?? 0) + 1 + how,
  });
  const failed = { ...one, samples: Math.max(0, one.samples - 1), ...more('failures') };
  switch (how % 6) {
    case 0:
      return { ...failed, ...more('serverErrors') };
    case 1:
      return { ...failed, ...more('unanswered') };
    case 2:
      return { ...failed, ...more('connectionsLost') };
    case 3:
      return { ...one, samples: Math.max(0, one.samples - 1), ...more('leftOut') };
    case 4:
      return failed;
    default:
      return { ...one, p95Ms: (one.p95Ms ?? 1) * (2 + (how % 50)) };
  }
}

/** More orphans at this check than were seen there, whatever the others saw. */
function moreOrphans(one: Observation, count: number): Observation {
  return one.kind === 'database' && !one.id.startsWith('baseline') && one.orphanMappings !== null
    ? { ...one, orphanMappings: one.orphanMappings + count }
    : one;
}

const step = fc.record({
  index: fc.nat({ max: RECORDED.observations.length - 1 }),
  how: fc.nat({ max: 99 }),
  orphans: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(observations: readonly Observation[], { index, how, orphans }: Step): Observation[] {
  return observations.map((one, position) => {
    if (position !== index) return one;
    return orphans ? moreOrphans(one, 1 + (how % 4)) : worsened(one, how);
  });
}

describe('the rules', () => {
  test('one more failure never improves the verdict, and what was NO_GO stays it', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('validation', 'final'),
        (steps, stage) => {
          let observations = RECORDED.observations;
          let before = judge(observations, stage);
          for (const next of steps) {
            observations = apply(observations, next);
            const after = judge(observations, stage);
            expect(WORSE[after.verdict]).toBeGreaterThanOrEqual(WORSE[before.verdict]);
            before = after;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('more orphans at any check, in whatever way they rise and fall, never improve the verdict', () => {
    const databases = RECORDED.observations.filter(
      (one) => one.kind === 'database' && !one.id.startsWith('baseline'),
    );
    const counts = fc.array(fc.nat({ max: 8 }), {
      minLength: databases.length,
      maxLength: databases.length,
    });
    const seen = (orphans: readonly number[]): readonly Observation[] =>
      RECORDED.observations.map((one) => moreOrphans(one, orphans[databases.indexOf(one)] ?? 0));
    fc.assert(
      fc.property(counts, counts, (orphans, more) => {
        const before = seen(orphans);
        const after = seen(orphans.map((count, at) => count + (more[at] ?? 0)));
        expect(WORSE[judge(after).verdict]).toBeGreaterThanOrEqual(WORSE[judge(before).verdict]);
        const rule = RULES.find(({ id }) => id === 'orphans-increasing');
        const fires = (observations: readonly Observation[]): boolean =>
          rule?.matches({ observations, thresholds: RECORDED.thresholds }) != null;
        expect(fires(before) && !fires(after)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('the order of observations changes neither verdict nor findings', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (steps, random) => {
        const all = steps.reduce<readonly Observation[]>(apply, RECORDED.observations);
        const mixed = all
          .map((one) => ({ one, key: Number(random.next().value) }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        const told = ({ verdict }: VerdictOutput, from: readonly Observation[]): unknown => ({
          verdict,
          findings: findingsOf({ observations: from, thresholds: RECORDED.thresholds }).map((one) => ({
            rule: one.rule,
            proof: one.proof,
          })),
        });
        expect(told(judge(mixed), mixed)).toEqual(told(judge(all), all));
      }),
      { numRuns: 300 },
    );
  });

  test('every rule answers whatever was seen, alone or together, with proof that was seen', () => {
    fc.assert(
      fc.property(
        fc.subarray([...RECORDED.observations]),
        fc.array(step, { maxLength: 8 }),
        (some, steps) => {
          const all = steps.reduce<readonly Observation[]>(
            (seen, next) =>
              seen.length === 0 ? seen : apply(seen, { ...next, index: next.index % seen.length }),
            some,
          );
          const ids = new Set(all.map((one) => one.id));
          for (const rule of RULES) {
            const match = rule.matches({ observations: all, thresholds: RECORDED.thresholds });
            if (match === null) continue;
            expect(match.because).not.toBe('');
            expect(match.proof.length).toBeGreaterThan(0);
            for (const id of match.proof) expect(ids).toContain(id);
          }
          expect(Object.keys(WORSE)).toContain(judge(all).verdict);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a single timed write more that goes wrong is no GO', () => {
    for (const one of RECORDED.observations.filter(({ kind, id }) => kind === 'latency' && !/^base/.test(id)))
      for (let how = 0; how < 5; how += 1) {
        const seen = RECORDED.observations.map((other) => (other === one ? worsened(one, how) : other));
        expect(judge(seen).verdict).toBe(how === 0 ? 'NO_GO' : 'INCONCLUSIVE');
      }
  });

  test('nothing seen at all is INCONCLUSIVE', () => {
    expect(judge([])).toMatchObject({ verdict: 'INCONCLUSIVE' });
  });
});
