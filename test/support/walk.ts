import { evaluateRecord } from '../../procedure/evaluation.js';
import type { Observation } from '../../procedure/observations.js';
import type { RunRecord } from '../../procedure/run-record.js';

/** The same observation with nothing measured in it, as a careless step would return it; `null` = it has nothing that could be empty. */
export function emptied(one: Observation): Partial<Observation> | null {
  switch (one.kind) {
    case 'flow':
      return { http: null, ms: null, reason: null };
    case 'copy':
      return { teamIds: [], attempted: 0, copied: 0 };
    case 'log':
      return { status: 'seen', counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 } };
    case 'serving-flags':
      return { processes: [] };
    case 'latency':
      return { samples: 0, averageMs: null, p50Ms: null, p95Ms: null };
    case 'database':
      return {
        ...{ orphanMappings: null, duplicateLegacyIds: null, connections: null },
        ...(one.audit === undefined ? {} : { audit: { ...one.audit, status: 'unknown' } }),
      };
    case 'report':
      return { numbers: {} };
    case 'soak':
      return { checks: 0, elapsedMs: 0 };
    // They decide nothing, so nothing is missing without them.
    case 'queries':
      return null;
    // Nothing in it could be empty: that a restart came to its end is all it says.
    case 'rollout':
    case 'restarts':
    case 'static-files':
    case 'simulation':
    case 'drift':
      return null;
  }
}

/** Every way in which one observation is changed in turn. */
export const LOSSES = ['removed', 'older', 'later', 'empty'] as const;
export type Loss = (typeof LOSSES)[number];

const HOUR_MS = 3_600_000;
const shift = (one: Observation, hours: number): Observation => ({
  ...one,
  at: new Date(Date.parse(one.at) + hours * HOUR_MS).toISOString(),
});

/** The observations with one of them lost; `null` = it cannot be lost in that way. */
export function lose(all: readonly Observation[], one: Observation, how: Loss): Observation[] | null {
  const replaced = (by: Observation): Observation[] => all.map((other) => (other === one ? by : other));
  switch (how) {
    case 'removed':
      return all.filter((other) => other !== one);
    case 'older':
      return replaced(shift(one, -25));
    case 'later':
      // The end of the soak is its workflow's time; its checks carry the times of their own machine.
      return one.kind === 'soak' ? null : replaced(shift(one, 2));
    case 'empty': {
      const change = emptied(one);
      return change === null ? null : replaced({ ...one, ...change } as Observation);
    }
  }
}

/** Query counts decide nothing; what the watch saw last can only make a verdict worse. */
const MAY_BE_LOST = /^(?:baseline|after)-queries$|^watch-/;

/** Which losses of a single observation leave a run's GO as it is, as `id how`: measurements that it does not need. */
export function notNeeded(record: RunRecord): string[] {
  const { observations } = record;
  const needed = observations.filter(({ id }) => !MAY_BE_LOST.test(id));
  return needed.flatMap((one) =>
    LOSSES.flatMap((how) => {
      const changed = lose(observations, one, how);
      if (changed === null) return [];
      return evaluateRecord({ ...record, observations: changed }).verdict === 'GO'
        ? [`${one.id} ${how}`]
        : [];
    }),
  );
}
