/** Every fault of the lab alone: the verdict, the finding and the witnesses of the detection table. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { observationsOf } from '../../procedure/observations.js';
import { cleanUp, DETECTION_ENVIRONMENT, runUnder } from '../support/detect.js';
import { DETECTIONS } from '../support/detection.js';
import { Rig } from '../support/rig.js';
import { WITNESSES, witnessesOf } from '../support/witnesses.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ environment: DETECTION_ENVIRONMENT });
});
afterAll(() => rig.close());
afterEach(() => cleanUp(rig));

test.each(DETECTIONS)('$fault: $verdict, $outcome', async (detection) => {
  const { verdict, outcome, verdictReasons, findings, observations } = await runUnder(rig, [detection]);
  const seen = witnessesOf(observations);
  const { seenBy, maySee = [] } = detection;
  expect({ verdict, outcome, seen, because: [...verdictReasons, ...findings] }).toEqual({
    verdict: detection.verdict,
    outcome: detection.outcome,
    // Those that must see it, and of those that may the ones that did.
    seen: WITNESSES.filter((one) => seenBy.includes(one) || (maySee.includes(one) && seen.includes(one))),
    because: expect.anything(),
  });
  if (detection.finding !== null) expect(findings).toContainEqual(expect.objectContaining(detection.finding));
  const second = observationsOf(observations, 'report').filter((one) => one.side === 'after');
  if (detection.noReport !== 'maybe') expect(second).toHaveLength(detection.noReport === true ? 0 : 1);
  // A run that completes leaves dual-write on, as its people have decided; every other one has taken it back.
  if (outcome !== 'COMPLETED') expect(await rig.servedFlags()).not.toContain('true');
});

test('a log that says failed over right rows: it is told that one of the two is wrong', async () => {
  const faults = DETECTIONS.filter((one) => one.fault === 'log-says-failed');
  const { findings, observations } = await runUnder(rig, faults);
  expect(findings).toContainEqual(
    expect.objectContaining({
      ...{ rule: 'log-contradicts-rows', severity: 'MEDIUM', action: 'investigate', verdict: 'INCONCLUSIVE' },
      because: expect.stringContaining('the log says failed and nothing else, the rows are right'),
    }),
  );
  const copies = observationsOf(observations, 'copy').filter((one) => one.side === 'after');
  expect(copies.length).toBeGreaterThan(0);
  expect(copies.every((one) => one.status === 'copied')).toBe(true);
});

test('a report that lies over wrong people: NO_GO by the rows', async () => {
  const faults = DETECTIONS.filter((one) => ['lying-report', 'wrong-person'].includes(one.fault));
  expect(faults).toHaveLength(2);
  const { verdict, outcome, findings, observations } = await runUnder(rig, faults);
  expect({ verdict, outcome }).toEqual({ verdict: 'NO_GO', outcome: 'ROLLED_BACK' });
  expect(findings).toContainEqual(expect.objectContaining({ rule: 'wrong-copy', action: 'disable' }));
  const [report] = observationsOf(observations, 'report');
  expect(report?.numbers).toMatchObject({ duplicate_legacy: 0, orphan_mappings: 0 });
});
