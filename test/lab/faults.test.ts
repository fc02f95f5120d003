/** Each fault of the lab ends in the verdict and the action that the decision matrix says, with the target safe again. */
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

const ROLLED_BACK = [
  { fault: 'dual-write-fails', rule: 'all-copies-failed', severity: 'HIGH' },
  { fault: 'copy-lost', rule: 'all-copies-failed', severity: 'HIGH' },
  { fault: 'wrong-person', rule: 'wrong-copy', severity: 'HIGH' },
  { fault: 'crash-at-start', rule: 'restart-loop', severity: 'CRITICAL' },
] as const;

test.each(ROLLED_BACK)('$fault: NO_GO, rolled back because of $rule', async ({ fault, rule, severity }) => {
  await rig.lab.setFaults([fault]);
  const run = await rig.run({ soak: '4s', soakInterval: '2s' });
  const { result, closedAs } = await rig.approveAll(run);
  expect({ outcome: result.outcome, verdict: result.verdict, closedAs }).toEqual({
    outcome: 'ROLLED_BACK',
    verdict: 'NO_GO',
    closedAs: 'FAILED',
  });
  expect(result.findings).toContainEqual(expect.objectContaining({ rule, severity, action: 'disable' }));
  expect(result.rollback).toMatchObject({ cause: 'finding', complete: true });
  expect(result.rollback?.parts.find((part) => part.part === 'flags')).toMatchObject({ status: 'done' });
  await rig.lab.setFaults([]);
  expect(await rig.servedFlags()).not.toContain('true');
  expect((await rig.servedFlags()).length).toBeGreaterThan(1);
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
