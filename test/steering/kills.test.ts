/**
 * Whatever is killed at whatever moment changes when a run ends, not how. Seeded: READINESS_KILL_SEED replays a run of the
 * suite, READINESS_KILLS sets how many moments are tried.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';
import { percentile } from '../support/steering.js';
import { RUN_MS, SAMPLES, storm, type Storm } from '../support/storm.js';

const MOMENTS = Number(process.env['READINESS_KILLS'] ?? 120);
const SEED = Number(process.env['READINESS_KILL_SEED'] ?? Date.now() % 1_000_000);
/** A run is over when it has been struck about so often. */
const MOMENTS_ON_AVERAGE = 16;
/** Runs at a time, each on a staging of its own: a struck run mostly waits. */
const LANES = Number(process.env['READINESS_KILL_LANES'] ?? 2);
const BATCHES = Math.ceil(MOMENTS / MOMENTS_ON_AVERAGE / LANES);

let rigs: Rig[] = [];
const storms: Storm[] = [];

beforeAll(async () => {
  const options = { environment: { samples: SAMPLES }, worker: { READINESS_SWEEP: '5s' } };
  for (let lane = 0; lane < LANES; lane += 1) rigs.push(await Rig.start(options));
});
afterAll(async () => {
  const ends = new Map<string, number>();
  for (const { end } of storms) ends.set(end, (ends.get(end) ?? 0) + 1);
  const seen = [...ends].map(([end, count]) => `${end} ${String(count)}`).join(', ');
  const moments = storms.reduce((sum, one) => sum + one.moments, 0);
  const recoveries = storms.flatMap((one) => one.recoveries);
  tell(
    `kill moments: ${String(moments)} in ${String(storms.length)} runs from seed ${String(SEED)} on; ends: ${seen}; until the run answers again: p50 ${String(percentile(recoveries, 0.5))} ms, slowest ${String(percentile(recoveries, 1))} ms`,
  );
  for (const rig of rigs) await rig.close();
  rigs = [];
});
afterEach(() => Promise.all(rigs.map((rig) => rig.reset())));

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
  const file = process.env['READINESS_KILLS_LOG'];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}

test.each(Array.from({ length: BATCHES }, (_, index) => SEED + index * LANES))(
  'seeds from %i on',
  async (first) => {
    const results = await Promise.allSettled(rigs.map((rig, lane) => storm(rig, first + lane)));
    for (const result of results) {
      if (result.status === 'rejected') continue;
      storms.push(result.value);
      tell(`${result.value.story} → ${result.value.end}`);
    }
    const failed = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (failed.length > 0) throw failed[0];
    expect(results).toHaveLength(LANES);
  },
  RUN_MS + 240_000,
);
