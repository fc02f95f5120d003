import { applicationsText, tellsExhaustion } from '../connections.js';
import { criticalTextsOf, tellsOther } from '../critical-lines.js';
import { observationsOf } from '../observations.js';
import { ADVICE } from './advice.js';
import type { Rule, RuleView } from './rule.js';
import { STRICT } from './strict-pass.js';
import { logsAfter } from './witnesses.js';

/** Logs with a critical text that `tells` it, each with its first one. */
export function criticalLines(
  view: RuleView,
  tells: (text: string) => boolean,
): { readonly id: string; readonly text: string }[] {
  return logsAfter(view).flatMap((log) => {
    const text = criticalTextsOf(log).find(tells);
    return text === undefined ? [] : [{ id: log.id, text }];
  });
}

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
      const lines = criticalLines({ observations, thresholds }, tellsExhaustion);
      if (full.length + lines.length === 0) return null;
      const shares = full.map(
        (one) =>
          `${String(one.connections)} of ${String(one.usableConnections)} usable connections in use${one.applications === undefined ? '' : `, by ${applicationsText(one.applications)}`}`,
      );
      return {
        because: `${[...shares, ...lines.map((one) => `log: ${one.text}`)].join('; ')} (limit ${String(Math.round(thresholds.connectionShare * 100))} %).`,
        proof: [...full, ...lines].map((one) => one.id),
      };
    },
  },
  {
    id: 'critical-log-line',
    symptom: "A line of the log that the environment file calls critical (patterns of the environment's own)",
    source: 'own',
    severity: 'CRITICAL',
    action: 'disable',
    urgency: 'Emergency',
    verdict: 'NO_GO',
    advice: [
      'Read the lines around it in the log of the target; logs/ of the evidence holds the line itself.',
      'Where it has nothing to do with dual-write, take its pattern out of log.patterns.critical before the next run.',
    ],
    matches: (view) => {
      // Older records keep one text among others: what they held was judged then.
      const known = new Set(
        logsAfter(view)
          .filter(({ criticalTexts }) => criticalTexts !== undefined)
          .map(({ id }) => id),
      );
      const lines = criticalLines(view, tellsOther).filter(({ id }) => known.has(id));
      if (lines.length === 0) return null;
      return {
        because: `${lines.map(({ text }) => `log: ${text}`).join('; ')}.`,
        proof: lines.map(({ id }) => id),
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
