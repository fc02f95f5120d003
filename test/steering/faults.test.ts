/** What real systems do wrong, done to the lab: each ends in the verdict and the action of the decision matrix. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: 6, warmUp: 1 }, thresholds: { lagBudget: '1s' } },
  });
});
afterAll(() => rig.close());
afterEach(async () => {
  await rig.reset();
  // What the faults leave behind in the mapping would be found by every later run.
  await rig.database.query('DELETE FROM organizations_migration_map WHERE vnext_team_id >= 800000000');
});

const NO_GO = [
  { fault: 'dual-write-fails-sometimes:30', rule: 'copy-failed', severity: 'LOW' },
  { fault: 'wrong-role', rule: 'wrong-copy', severity: 'HIGH' },
  { fault: 'wrong-field:region', rule: 'wrong-copy', severity: 'HIGH' },
  { fault: 'removals-not-copied', rule: 'wrong-copy', severity: 'HIGH' },
  { fault: 'wrong-team', rule: 'copy-failed', severity: 'LOW' },
  { fault: 'strict-fails', rule: 'broken-by-dual-write', severity: 'CRITICAL' },
  { fault: 'lying-log', rule: 'all-copies-failed', severity: 'HIGH' },
  { fault: 'old-flag-after-reload', rule: 'all-copies-failed', severity: 'HIGH' },
  { fault: 'leaks-connections:15', rule: 'pool-exhaustion', severity: 'CRITICAL' },
] as const;

test.each(NO_GO)('$fault: rolled back, NO_GO by $rule', async ({ fault, rule, severity }) => {
  await rig.lab.setFaults([fault]);
  const { result } = await rig.approveAll(await rig.run({ soak: '4s', soakInterval: '2s' }));
  expect({ outcome: result.outcome, verdict: result.verdict }).toEqual({
    outcome: 'ROLLED_BACK',
    verdict: 'NO_GO',
  });
  expect(result.findings).toContainEqual(expect.objectContaining({ rule, severity }));
  expect(result.rollback).toMatchObject({ cause: 'finding', complete: true });
  expect(await rig.servedFlags()).not.toContain('true');
});

describe('never GO', () => {
  test('orphans-grow: INCONCLUSIVE, the run goes on', async () => {
    await rig.lab.setFaults(['orphans-grow']);
    const run = await rig.run({ soak: '10s', soakInterval: '2s' });
    await rig.decide(run, 'enable');
    await rig.decide(run, 'soak');
    // Nobody writes in a soak; the orphans come from somewhere.
    let more = 0;
    const timer = setInterval(() => {
      more += 1;
      void rig.database.query(
        'INSERT INTO organizations_migration_map (legacy_team_id, vnext_team_id, legacy_slug, migration_date, verified, verification_notes) VALUES ($1, $1, $2, now(), false, $3)',
        [950_000_000 + more, 'orphan', ''],
      );
    }, 1000);
    try {
      const { findings, verdict } = await rig.gate(run, 'finish');
      expect(findings).toContainEqual(
        expect.objectContaining({ rule: 'orphans-increasing', severity: 'MEDIUM', action: 'investigate' }),
      );
      expect(verdict).toBe('INCONCLUSIVE');
    } finally {
      clearInterval(timer);
    }
    await rig.decide(run, 'finish', { command: 'reject' });
    await rig.end(run);
  });

  test('duplicate-legacy-ids: NO_GO, and the finding names the duplicate', async () => {
    await rig.lab.setFaults(['duplicate-legacy-ids']);
    const run = await rig.run({});
    await rig.decide(run, 'enable');
    const { result } = await rig.end(run);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(result.findings.map(({ because }) => because).join(' ')).toMatch(/duplicate in legacy_team_id/);
  });

  test('throttled after enabling: INCONCLUSIVE', async () => {
    const run = await rig.run({});
    await rig.gate(run, 'enable');
    await rig.lab.setFaults(['throttled:0']);
    await rig.decide(run, 'enable');
    const { waiting, verdict } = await rig.until(
      run,
      (status) => status.waiting !== null && status.phase !== 'gate-enable',
    );
    expect(waiting).not.toBeNull();
    expect(verdict).not.toBe('GO');
    await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'throttled' }] });
    expect((await rig.end(run)).result.outcome).toBe('ROLLED_BACK');
  });

  test('log-lines-missing: told, and the rows are believed', async () => {
    await rig.lab.setFaults(['log-lines-missing']);
    const { result } = await rig.approveAll(await rig.run({ soak: '4s', soakInterval: '2s' }));
    expect(result.findings).toContainEqual(expect.objectContaining({ rule: 'log-silent', severity: 'LOW' }));
    expect(result.outcome).toBe('COMPLETED');
  });

  test('slow: the latency of the report says so', async () => {
    await rig.lab.setFaults(['slow:400']);
    const { result } = await rig.approveAll(await rig.run({ soak: '4s', soakInterval: '2s' }));
    expect(result.findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('p95-'))).not.toEqual([]);
  });
});
