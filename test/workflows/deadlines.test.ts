/** Deadlines of a day and a soak of two, in seconds: real lab, real activities, a Temporal server that skips time. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { RunRecord } from '../../procedure/run-record.js';
import { SkippingRig } from '../support/skipping-rig.js';

let rig: SkippingRig;

beforeAll(async () => {
  rig = await SkippingRig.start();
});
afterAll(async () => {
  await rig.close();
});
afterEach(async () => {
  await rig.lab.setFaults([]);
  await rig.lab.resetFlags();
});

async function servedFlag(): Promise<string> {
  const pid = (await rig.lab.servingPids())[1] ?? 0;
  return (
    /TEAM_VNEXT_DUAL_WRITE_ENABLED=([^\0]*)/.exec(
      await readFile(`/proc/${String(pid)}/environ`, 'utf8'),
    )?.[1] ?? 'absent'
  );
}

const DAY = 86_400_000;

test('gate enable: nobody decides for 24 h, two reminders, REJECTED', async () => {
  await rig.within(async (skipping) => {
    const run = await skipping.run({});
    const result = await skipping.end(run);
    expect(result).toMatchObject({ outcome: 'REJECTED', rollback: { cause: 'deadline' } });
    const record = JSON.parse(
      await readFile(join(result.evidence?.path ?? '', 'run.json'), 'utf8'),
    ) as RunRecord;
    expect(record.decisions).toEqual([
      expect.objectContaining({ gate: 'enable', decision: 'deadline', identity: 'none' }),
    ]);
    const waited =
      Date.parse(record.decisions[0]?.at ?? '') -
      Date.parse(record.phases.find((one) => one.phase === 'gate-enable')?.startedAt ?? '');
    expect(Math.round(waited / DAY)).toBe(1);
  });
});

test('gate soak: nobody decides, rolled back', async () => {
  await rig.within(async (skipping) => {
    const run = await skipping.run({});
    await skipping.approve(run, 'enable');
    const result = await skipping.end(run);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { cause: 'deadline', complete: true } });
    expect(await servedFlag()).toBe('false');
  });
});

test('a soak of 48 h: all checks made, a small history; gate finish unanswered: disabled, nothing cleaned up', async () => {
  await rig.within(async (skipping) => {
    const run = await skipping.run({ soak: '48h', soakInterval: '30m', autoPassSoak: true });
    await skipping.approve(run, 'enable');
    const result = await skipping.end(run);
    expect({
      outcome: result.outcome,
      verdict: result.verdict,
      reasons: result.verdictReasons,
    }).toMatchObject({ outcome: 'COMPLETED', verdict: 'GO' });
    expect(await servedFlag()).toBe('false');
    const record = JSON.parse(
      await readFile(join(result.evidence?.path ?? '', 'run.json'), 'utf8'),
    ) as RunRecord;
    expect(record.observations.find((one) => one.kind === 'soak')).toMatchObject({
      checks: 96,
      gaps: 0,
      longestGapIntervals: 0,
    });
    expect(record.decisions.map((one) => [one.gate, one.decision, one.identity])).toEqual([
      ['enable', 'approved', 'differs'],
      ['soak', 'approved', 'automatic'],
      ['finish', 'deadline', 'none'],
    ]);
    expect(record.cleanup).toBeNull();
    expect((await run.fetchHistory()).events?.length ?? 0).toBeLessThan(4000);
  });
});

test('preconditions that nobody mends: REFUSED after half an hour', async () => {
  await rig.within(async (skipping) => {
    await rig.lab.stop();
    const result = await skipping.end(await skipping.run({}));
    expect(result.outcome).toBe('REFUSED');
    expect(result.problems.length).toBeGreaterThan(3);
  });
});
