import { observationsOf, type Observation } from '../observations.js';

/** Ids of the restarts that begin and end the strict pass, and of the look at the flags after it. */
export const STRICT = {
  on: 'strict-on-rollout',
  off: 'strict-off-rollout',
  flags: 'strict-off-flags',
} as const;

/** The flows that are run in strict mode: a write of each kind of row. */
export const STRICT_FLOWS = [1, 2] as const;

/** What a strict pass that was begun did not show; a run without one misses nothing. */
export function missingStrict(observations: readonly Observation[]): string[] {
  if (!observations.some((one) => one.id === STRICT.on)) return [];
  const flows = observationsOf(observations, 'flow').filter((one) => one.side === 'strict');
  const copies = observationsOf(observations, 'copy').filter((one) => one.write === 'strict');
  const off = observationsOf(observations, 'serving-flags').find((one) => one.id === STRICT.flags);
  return [
    ...STRICT_FLOWS.flatMap((flow) => {
      const seen = flows.find((one) => one.flow === flow);
      return seen?.status === 'ok'
        ? []
        : [
            `Flow ${String(flow)} of the strict pass was ${seen?.status ?? 'not tried'}: ${seen?.reason ?? 'no measurement'}.`,
          ];
    }),
    ...(copies.length === STRICT_FLOWS.length &&
    copies.every((one) => one.status !== 'unknown' && one.attempted > 0)
      ? []
      : ['The rows of the strict pass were not compared.']),
    ...(off?.status === 'as-expected'
      ? []
      : ['It was not seen that strict mode is off again after the strict pass.']),
  ];
}
