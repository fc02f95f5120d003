/**
 * Two faults at once: one never hides the other behind a GO. Ten seeded pairs, or all of them with READINESS_PAIRS=all,
 * which READINESS_PAIRS_PART=2/4 cuts into parts that together are all.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomOf } from '../support/chaos.js';
import { cleanUp, DETECTION_ENVIRONMENT, runUnder } from '../support/detect.js';
import { DETECTIONS, verdictsOfPair } from '../support/detection.js';
import { Rig } from '../support/rig.js';

const wanted = process.env['READINESS_PAIRS'] ?? '10';
const seed = Number(process.env['READINESS_PAIR_SEED'] ?? 1);

const all = DETECTIONS.flatMap((one, index) =>
  DETECTIONS.slice(index + 1).map((other) => [one, other] as const),
);
const [part = 1, parts = 1] = (process.env['READINESS_PAIRS_PART'] ?? '1/1').split('/').map(Number);
const random = randomOf(seed);
const pairs = all
  .map((pair) => ({ pair, key: random() }))
  .sort((left, right) => left.key - right.key)
  .slice(0, wanted === 'all' ? all.length : Number(wanted))
  .filter((_, index) => index % parts === part - 1)
  .map(({ pair: [one, other] }) => ({ name: `${one.fault} and ${other.fault}`, one, other }));

let rig: Rig;
const figures: string[] = [];

beforeAll(async () => {
  rig = await Rig.start({ environment: DETECTION_ENVIRONMENT });
});
afterAll(async () => {
  process.stdout.write(`pairs of seed ${String(seed)}:\n${figures.join('\n')}\n`);
  await rig.close();
});
afterEach(() => cleanUp(rig));

test.each(pairs)('$name', async ({ name, one, other }) => {
  const { verdict, outcome, findings, verdictReasons } = await runUnder(rig, [one, other]);
  const rules = findings.map(({ rule }) => rule).join(', ');
  figures.push(`  ${name}: ${verdict}, ${outcome} (${rules})`);
  expect({ verdict, because: [rules, ...verdictReasons] }).toEqual({
    verdict: expect.stringMatching(new RegExp(`^(${verdictsOfPair(one, other).join('|')})$`)),
    because: expect.anything(),
  });
  if (verdict === 'NO_GO') expect(outcome).toBe('ROLLED_BACK');
  if (outcome !== 'COMPLETED') expect(await rig.servedFlags()).not.toContain('true');
});
