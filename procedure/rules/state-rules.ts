import { applicationsText, tellsExhaustion } from '../connections.js';
import { observationsOf } from '../observations.js';
import { ADVICE } from './advice.js';
import type { Match, Rule, RuleView } from './rule.js';
import { STRICT } from './strict-pass.js';
import { logsAfter } from './witnesses.js';

/** Rules about the state of target and database. */
export const STATE_RULES: readonly Rule[] = [
  {
    id: 'pool-exhaustion',
    symptom: 'Database connection pool exhaustion',
    source: 'seed §7',
    severity: 'CRITICAL',
    action: 'disable',
    urgency: 'Emergency',
    verdict: 'NO_GO',
    advice: ['Scale the database or the pool before the next run.', ...ADVICE.performance],
    matches: ({ observations, thresholds }) => {
      const full = observationsOf(observations, 'database').filter(
        (one) =>
          one.connections !== null &&
          one.usableConnections !== null &&
          one.usableConnections > 0 &&
          one.connections / one.usableConnections > thresholds.connectionShare,
      );
      const lines = logsAfter({ observations, thresholds }).filter(
        (one) => one.counts.critical > 0 && tellsExhaustion(one.reason ?? ''),
      );
      if (full.length + lines.length === 0) return null;
      const shares = full.map(
        (one) =>
          `${String(one.connections)} of ${String(one.usableConnections)} usable connections in use${one.applications === undefined ? '' : `, by ${applicationsText(one.applications)}`}`,
      );
      return {
        because: `${[...shares, ...lines.map((one) => `log: ${one.reason ?? ''}`)].join('; ')} (limit ${String(Math.round(thresholds.connectionShare * 100))} %).`,
        proof: [...full, ...lines].map((one) => one.id),
      };
    },
  },
  {
    id: 'restart-loop',
    symptom: 'The target does not come up after the change',
    source: 'own',
    severity: 'CRITICAL',
    action: 'disable',
    urgency: 'Emergency',
    verdict: 'NO_GO',
    advice: ["Read the end of the target's own log: why does the new process die?"],
    matches: ({ observations }) => {
      const failed = observationsOf(observations, 'rollout').filter(
        (one) => (one.change === 'enable' || one.id === STRICT.off) && one.status === 'failed',
      );
      const loops = observationsOf(observations, 'restarts').filter((one) => one.loop);
      if (failed.length + loops.length === 0) return null;
      return {
        because: [
          ...loops.map((one) => `The target restarts again and again: ${one.reason ?? 'no reason known'}.`),
          ...failed.map(
            (one) =>
              `${one.restartLoop ? 'The new process dies again and again' : 'The restart did not complete'}: ${one.reason ?? 'no reason known'}.`,
          ),
        ].join(' '),
        proof: [...failed, ...loops].map((one) => one.id),
      };
    },
  },
  {
    id: 'unexpected-restart',
    symptom: 'The target was restarted by somebody else during the run',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ['Find out who restarted it, and look whether it serves the flags that this run set.'],
    matches: ({ observations }) => {
      const seen = observationsOf(observations, 'restarts').filter((one) => one.count > 0 && !one.loop);
      if (seen.length === 0) return null;
      return {
        because: seen.map((one) => one.reason ?? 'all serving processes were replaced').join('; '),
        proof: seen.map((one) => one.id),
      };
    },
  },
  {
    id: 'target-edited',
    symptom: 'The target was changed by somebody else during the run',
    source: 'own',
    severity: 'HIGH',
    action: 'ask',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Ask whoever made the change whether it is meant; what was measured before it is about another target.',
      'Start again when the target stays as it is; roll back when nobody knows of it.',
    ],
    matches: (view) => drifted(view, 'edited'),
  },
  {
    id: 'target-scaled',
    symptom: 'The target was scaled during the run',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ['Nothing has to be done; latencies were measured with another number of replicas.'],
    matches: (view) => drifted(view, 'scaled'),
  },
  {
    id: 'watching-blind',
    symptom: 'The target cannot be watched while dual-write is on',
    source: 'own',
    severity: 'MEDIUM',
    action: 'pause',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Give the worker back what it needs to look (see the reason), then retry; or roll back.',
      'Meanwhile nothing would be noticed: neither a critical line nor a changed flag.',
    ],
    matches: ({ observations }) => {
      const blind = [
        ...observationsOf(observations, 'log').filter(
          (one) => one.write === 'watch' && one.status === 'unreadable',
        ),
        ...observationsOf(observations, 'serving-flags').filter(
          (one) => one.source === 'watch' && one.status === 'unknown',
        ),
      ];
      if (blind.length === 0) return null;
      return {
        because: blind
          .map(
            (one) =>
              `${one.kind === 'log' ? 'The log' : 'The serving processes'} could not be read: ${one.reason ?? 'no reason known'}`,
          )
          .join(' '),
        proof: blind.map((one) => one.id),
      };
    },
  },
  {
    id: 'flag-drift',
    symptom: 'A serving process carries another flag value than the run set',
    source: 'own',
    severity: 'HIGH',
    action: 'ask',
    urgency: 'Immediate',
    verdict: 'INCONCLUSIVE',
    advice: ['Find out who changed it. The run does not set it again by itself.'],
    matches: ({ observations }) => {
      const drifted = observationsOf(observations, 'serving-flags').filter(
        (one) => one.expected !== 'baseline' && one.status === 'differs',
      );
      if (drifted.length === 0) return null;
      return {
        because: drifted.map((one) => one.reason ?? 'the flags differ').join('; '),
        proof: drifted.map((one) => one.id),
      };
    },
  },
];

function drifted({ observations }: RuleView, kind: 'scaled' | 'edited'): Match | null {
  const seen = observationsOf(observations, 'drift').filter(({ changes }) =>
    changes.some((change) => change.kind === kind),
  );
  if (seen.length === 0) return null;
  const texts = seen.flatMap(({ changes }) =>
    changes.filter((change) => change.kind === kind).map(({ text }) => text),
  );
  return { because: `${[...new Set(texts)].join('; ')}.`, proof: seen.map(({ id }) => id) };
}
