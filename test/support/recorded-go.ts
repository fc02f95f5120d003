import { readFile } from 'node:fs/promises';
import type { Observation } from '../../procedure/observations.js';
import type { Plan } from '../../procedure/plan.js';
import { findingsOf } from '../../procedure/rules/table.js';
import { verdictOf, type VerdictInput, type VerdictOutput } from '../../procedure/rules/verdict.js';

/** What a real run of the lab saw that ended COMPLETED with GO, and what it was judged by. */
interface Recorded extends Pick<Plan, 'freshness' | 'thresholds'> {
  /** Samples a side. */
  readonly samples: number;
  readonly observations: readonly Observation[];
}

export const RECORDED = JSON.parse(
  await readFile(new URL('../observations/completed-go.json', import.meta.url), 'utf8'),
) as Recorded;

/** As that run was planned: before there was a claim about p95. */
export const RECORDED_SAMPLES: Plan['samples'] = {
  measured: RECORDED.samples,
  warmUp: 1,
  claim: 'none',
  ratePerSecond: 4,
};

/** The verdict over other observations, everything else as it was. */
export function judgeRecorded(
  observations: readonly Observation[],
  how: Partial<Pick<VerdictInput, 'samples' | 'stage'>> = {},
): VerdictOutput {
  const { freshness, thresholds } = RECORDED;
  const findings = findingsOf({ observations, thresholds });
  return verdictOf({ observations, findings, freshness, samples: RECORDED_SAMPLES, stage: 'final', ...how });
}
