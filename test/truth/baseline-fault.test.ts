/** What was broken before dual-write was enabled is told as that, and needs a reason to go on. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ environment: { thresholds: { lagBudget: '2s' } } });
});
afterAll(async () => {
  await rig.close();
});
afterEach(async () => {
  await rig.reset();
});

test('flow-broken: a fault of the baseline is INCONCLUSIVE, never GO, and not blamed on dual-write', async () => {
  await rig.lab.setFaults(['flow-broken:3']);
  const run = await rig.run({ soak: '4s', soakInterval: '2s' });
  const status = await rig.gate(run, 'enable');
  expect(status.findings).toContainEqual(
    expect.objectContaining({ rule: 'baseline-fault', action: 'continue', verdict: 'INCONCLUSIVE' }),
  );
  await rig.decide(run, 'enable');
  const atSoak = await rig.gate(run, 'soak');
  expect(atSoak.verdict).toBe('INCONCLUSIVE');
  await expect(
    run.executeUpdate('approve', { args: [{ gate: 'soak', digest: atSoak.waiting?.digest, by: 'Ada' }] }),
  ).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/needs a "reason"/) as unknown },
  });
  const { result } = await rig.approveAll(run);
  expect({ outcome: result.outcome, verdict: result.verdict }).toEqual({
    outcome: 'COMPLETED',
    verdict: 'INCONCLUSIVE',
  });
  expect(result.findings.map((finding) => finding.rule)).not.toContain('broken-by-dual-write');
});
