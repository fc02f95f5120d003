import { measuredOperation } from '../latency/operations.js';
import {
  observationsOf,
  type FlowObservation,
  type LatencyObservation,
  type Observation,
} from '../observations.js';
import { ADVICE } from './advice.js';
import type { Rule, RuleView } from './rule.js';

/** Flows with the flag on that answered as done and did not do it, and did with the flag off. */
function flowsWithoutEffect({ observations }: RuleView): FlowObservation[] {
  const flows = observationsOf(observations, 'flow');
  return flows.filter(
    (one) =>
      (one.side === 'after' || one.side === 'strict') &&
      one.effect === 'not-as-asked' &&
      flows.some(
        (before) => before.side === 'baseline' && before.flow === one.flow && before.status === 'ok',
      ),
  );
}

/** The same of the timed writes: not one of the baseline's was without effect. */
function writesWithoutEffect({ observations }: RuleView): LatencyObservation[] {
  const all = observationsOf(observations, 'latency');
  return all.filter(
    (one) =>
      one.side === 'after' &&
      (one.withoutEffect ?? 0) > 0 &&
      all.some(
        (before) =>
          before.side === 'baseline' &&
          before.operation === one.operation &&
          before.samples > 0 &&
          (before.withoutEffect ?? 0) === 0,
      ),
  );
}

/**
 * Rows are compared between the models; these are compared with what the run asked for. A write that does nothing leaves
 * both models alike, and a copy that spoils the new row too leaves both wrong alike.
 */
export const EFFECT_RULES: readonly Rule[] = [
  {
    id: 'write-without-effect',
    symptom:
      'A request that did what it was asked before enabling answers as done now, and the new rows are not so',
    source: 'own',
    severity: 'HIGH',
    action: 'disable',
    urgency: 'Immediate',
    verdict: 'NO_GO',
    advice: [
      'Look at what the copy does to the rows and objects of the request: it changes the new row, or undoes the write.',
      ...ADVICE.rowsMissing,
    ],
    matches: (view) => {
      const flows = flowsWithoutEffect(view);
      const writes = writesWithoutEffect(view);
      if (flows.length + writes.length === 0) return null;
      return {
        because: [
          ...flows.map(
            (one) =>
              `Flow ${String(one.flow)} (${one.side}): ${one.reason ?? 'the new rows are not as asked'}.`,
          ),
          ...writes.map(
            (one) =>
              `${measuredOperation(one.operation).title}: ${String(one.withoutEffect)} of the performance test answered as done, and the new rows are not as asked (each in its latency file).`,
          ),
        ].join(' '),
        proof: [...flows, ...writes].map(({ id }) => id),
      };
    },
  },
];

/**
 * Writes that nobody compared with what they asked for, or that had no effect, whatever the flag. Records of versions
 * that did not compare have it nowhere and miss nothing; once one write has it, every one needs it.
 */
export function missingEffects(observations: readonly Observation[]): string[] {
  const flows = observationsOf(observations, 'flow').filter(
    ({ side }) => side === 'baseline' || side === 'after' || side === 'strict',
  );
  const latencies = observationsOf(observations, 'latency').filter(
    ({ side }) => side === 'baseline' || side === 'after',
  );
  const compared =
    flows.some((one) => one.effect !== undefined) || latencies.some((one) => one.withoutEffect !== undefined);
  if (!compared) return [];
  return [
    ...flows
      .filter((one) => one.status === 'ok' && one.effect === undefined)
      .map(
        (one) => `What flow ${String(one.flow)} (${one.side}) wrote was not compared with what it asked for.`,
      ),
    ...flows
      .filter((one) => one.status === 'ok' && one.effect === 'not-as-asked')
      .map((one) => `Flow ${String(one.flow)} (${one.side}) did not do what it was asked.`),
    ...latencies.flatMap((one) => {
      const what = `${measuredOperation(one.operation).title} (${one.side})`;
      if (one.withoutEffect === undefined)
        return [`What the performance test wrote was not compared with what it asked for: ${what}.`];
      return one.withoutEffect > 0
        ? [`${String(one.withoutEffect)} writes of the performance test had no effect: ${what}.`]
        : [];
    }),
  ];
}

/** Fields that were to be compared and could not, because a column is missing: nothing is known of them. */
export function missingFields(observations: readonly Observation[]): string[] {
  const where = new Map<string, string[]>();
  const add = (id: string, fields: readonly string[] = []): void => {
    for (const field of fields) where.set(field, [...(where.get(field) ?? []), id]);
  };
  for (const one of observations) {
    if (one.kind === 'flow' || one.kind === 'latency' || one.kind === 'copy') add(one.id, one.notCompared);
    if (one.kind === 'database') add(one.id, one.audit?.notCompared);
  }
  return [...where]
    .sort(([left], [right]) => left.localeCompare(right))
    .map(
      ([field, ids]) =>
        `${field} was not compared, because there is no such column (${[...ids].sort().join(', ')}).`,
    );
}
