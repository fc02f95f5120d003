/** What the latency of a run shows, on the real target: a stall, a slowdown that only dual-write brings, too few samples. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { HistogramLogReader } from 'hdr-histogram-js';
import { observationsOf, type LatencyObservation } from '../../procedure/observations.js';
import type { RunRecord } from '../../procedure/run-record.js';
import { cleanUp } from '../support/detect.js';
import { Rig } from '../support/rig.js';
import { recordOf } from '../support/steering.js';

let rig: Rig;
const SAMPLES = { measured: 100, warmUp: 3, claim: 'p95', ratePerSecond: 10 };

beforeAll(async () => {
  rig = await Rig.start({ environment: { samples: SAMPLES, deadlines: { ask: '3s' } } });
});
afterAll(() => rig.close());
afterEach(() => cleanUp(rig));

async function finished(
  run: Awaited<ReturnType<Rig['run']>>,
): Promise<{ record: RunRecord; folder: string }> {
  const { result } = await rig.approveAll(run);
  const folder = result.evidence?.path ?? '';
  return { record: await recordOf(folder), folder };
}
const latencyOf = (record: RunRecord, side: string): LatencyObservation | undefined =>
  observationsOf(record.observations, 'latency').find((one) => one.side === side);

test('a stall of 1.4 s during the measurement stands in p99 and in the histogram', async () => {
  const run = await rig.run({ soak: '4s', soakInterval: '2s' });
  await rig.decide(run, 'enable');
  await rig.until(run, (status) => status.phase === 'performance');
  // Past the warm-up, into the ten seconds of the hundred creates.
  const before = await rig.teams('Perf Test %');
  for (;;) {
    if ((await rig.teams('Perf Test %')).vnext >= before.vnext + 20) break;
    await pause(50);
  }
  const pids = await rig.lab.servingPids();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await pause(1400);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  const { record, folder } = await finished(run);
  const after = latencyOf(record, 'after');
  expect(after?.samples).toBe(100);
  expect(after?.p99Ms).toBeGreaterThan(1000);
  // Fourteen were due meanwhile; one after another only one of a hundred would have been late.
  const log = await readFile(join(folder, after?.histogramFile ?? ''), 'utf8');
  const histogram = new HistogramLogReader(log).nextIntervalHistogram();
  expect(histogram?.totalCount).toBe(100);
  expect(histogram?.getValueAtPercentile(95)).toBeGreaterThan(400_000);
});

test('a worker killed in the middle of the hundred creates: none is made twice, and the verdict is the same', async () => {
  const run = await rig.run({ soak: '4s', soakInterval: '2s' });
  await rig.decide(run, 'enable');
  await rig.until(run, (status) => status.phase === 'performance');
  const before = await rig.teams('Perf Test %');
  for (;;) {
    if ((await rig.teams('Perf Test %')).vnext >= before.vnext + 30) break;
    await pause(50);
  }
  await rig.worker.kill();
  rig.worker = await rig.startWorker();
  const { record } = await finished(run);
  const made = await rig.teams('Perf Test %');
  expect(made.vnext - before.vnext).toBeLessThanOrEqual(103);
  const after = latencyOf(record, 'after');
  expect(after?.failures).toBe(0);
  // What was in flight lost its answer and its time; what was answered before keeps it.
  expect(after?.samples).toBeGreaterThanOrEqual(72);
  expect({ verdict: record.verdict, because: record.verdictReasons }).toMatchObject({ verdict: 'GO' });
});

test('a slowdown that came with dual-write asks people, and rolls back when nobody answers', async () => {
  const run = await rig.run({ soak: '4s', soakInterval: '2s' });
  await rig.gate(run, 'enable');
  await rig.lab.setFaults(['slow:250']);
  const { record } = await finished(run);
  expect(record).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'INCONCLUSIVE' });
  expect(record.findings).toContainEqual(
    expect.objectContaining({ rule: 'p95-over-twice-baseline', severity: 'HIGH', action: 'ask' }),
  );
  expect(record.rollback).toMatchObject({ cause: 'finding', complete: true });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('too few samples for the claim are INCONCLUSIVE, and say how many would do', async () => {
  const run = await rig.run({ soak: '4s', soakInterval: '2s', samples: 30 });
  const { record } = await finished(run);
  expect(record.verdict).toBe('INCONCLUSIVE');
  expect(record.verdictReasons.join(' ')).toMatch(/Only 30 latency samples .* needs 72/);
});
