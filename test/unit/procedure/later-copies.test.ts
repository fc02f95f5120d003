/** The teams of the performance test are compared again after its later writes; a GO without that says nothing of them. */
import { expect, test } from '@jest/globals';
import { latencyId } from '../../../procedure/latency/operations.js';
import { observationsOf, type CopyObservation, type Observation } from '../../../procedure/observations.js';
import { LATER_COPIES } from '../../../procedure/rules/missing-latency.js';
import { judgeRecorded, RECORDED, RECORDED_SAMPLES } from '../../support/recorded-go.js';

const samples = { ...RECORDED_SAMPLES, memberAdd: RECORDED.samples };

/** The recorded run, had it timed member adds as well. */
function withAdds(change: Partial<CopyObservation> | null): Observation[] {
  const latencies = observationsOf(RECORDED.observations, 'latency').map((one): Observation => ({
    ...one,
    id: latencyId(one.side === 'baseline' ? 'baseline' : 'after', 'member_add'),
    operation: 'member_add',
  }));
  const copies = observationsOf(RECORDED.observations, 'copy')
    .filter((one) => one.write === 'performance')
    .map((one): Observation => ({ ...one, ...change, id: LATER_COPIES, write: 'soak' }));
  return [...RECORDED.observations, ...latencies, ...(change === null ? [] : copies)];
}

test('every team compared: GO', () => {
  expect(judgeRecorded(withAdds({}), { samples })).toMatchObject({ verdict: 'GO' });
});

test.each<[string, Partial<CopyObservation> | null, RegExp]>([
  ['not measured', null, /were not compared: no measurement/],
  ['unknown', { status: 'unknown', reason: 'permission denied' }, /were not compared: permission denied/],
  ['none', { status: 'none', attempted: 0, copied: 0 }, /were not compared/],
  ['empty', { teamIds: [], attempted: 0, copied: 0 }, /Only 0 of \d+ teams were compared/],
  ['one short', { attempted: RECORDED.samples - 1 }, /Only \d+ of \d+ teams were compared/],
])('%s: no GO', (...row) => {
  const [, change, reason] = row;
  const { verdict, reasons } = judgeRecorded(withAdds(change), { samples });
  expect(verdict).toBe('INCONCLUSIVE');
  expect(reasons.join('\n')).toMatch(reason);
});
