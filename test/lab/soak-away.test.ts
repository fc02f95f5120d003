/** A soak during which nobody was there for a while: real parts, because skipped time stands still without a worker. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { observationsOf } from '../../procedure/observations.js';
import { Rig } from '../support/rig.js';
import { recordOf } from '../support/steering.js';

const INTERVAL_MS = 10_000;
const AWAY_MS = 85_000;

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start({ environment: { samples: { measured: 3, warmUp: 1 } } });
});
afterAll(async () => {
  await rig.close();
});

test('checks that were due meanwhile are gaps, are not caught up, and no GO comes of it', async () => {
  const run = await rig.run({ soak: '160s', soakInterval: `${String(INTERVAL_MS / 1000)}s` });
  await rig.decide(run, 'enable');
  await rig.decide(run, 'soak');
  await rig.until(run, ({ progress }) => /^soak: [2-9] checks/.test(progress ?? ''));
  await rig.worker.kill();
  await pause(AWAY_MS);
  rig.worker = await rig.startWorker();
  await rig.gate(run, 'finish');
  const { result } = await rig.approveAll(run);
  const [soak] = observationsOf((await recordOf(result.evidence?.path ?? '')).observations, 'soak');
  expect(soak).toMatchObject({ checks: expect.any(Number) as unknown });
  const { checks = 0, gaps = 0, longestGapIntervals = 0 } = soak ?? {};
  // Every check that was due was made when it was due, or is a gap.
  expect(checks + gaps).toBe(16);
  expect(longestGapIntervals).toBeGreaterThanOrEqual(5);
  expect(longestGapIntervals).toBeLessThanOrEqual(9);
  expect(result).toMatchObject({ outcome: 'COMPLETED', verdict: 'INCONCLUSIVE' });
  expect(result.verdictReasons.join(' ')).toMatch(/For \d intervals in a row the soak could not look/);
}, 480_000);
