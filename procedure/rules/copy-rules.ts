import { ADVICE } from './advice.js';
import type { Rule } from './rule.js';
import {
  copiesAfter,
  describeFailures,
  logsAfter,
  nameOfWrite,
  otherFailuresLogged,
  writesSeen,
} from './witnesses.js';

/** Rules about whether writes were copied: two rows of seed §7 and two of our own. */
export const COPY_RULES: readonly Rule[] = [
  {
    id: 'copy-failed',
    symptom: 'Dual-write failures logged (strict mode OFF)',
    source: 'seed §7',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: 'NO_GO',
    advice: ADVICE.rowsMissing,
    matches: (view) => {
      const failed = writesSeen(view).filter((one) => one.failed > 0);
      const others = otherFailuresLogged(view);
      if (failed.length + others.length === 0) return null;
      const count = failed.reduce((sum, one) => sum + one.failed, 0);
      const logged = others.reduce((sum, one) => sum + one.counts.failed, 0);
      return {
        because: [
          ...(count > 0
            ? [
                `${String(count)} of the writes made with dual-write on were not copied: ${describeFailures(failed)}.`,
              ]
            : []),
          ...(logged > 0
            ? [
                `Watching the log showed ${String(logged)} failed copies${count > 0 ? " (the run's own may be among them)" : ' of writes that are not of this run'}.`,
              ]
            : []),
        ].join(' '),
        proof: [...failed.flatMap((one) => one.proof), ...others.map((one) => one.id)],
      };
    },
  },
  {
    id: 'all-copies-failed',
    symptom: '100% dual-write failures',
    source: 'seed §7',
    severity: 'HIGH',
    action: 'disable',
    urgency: 'Immediate',
    verdict: 'NO_GO',
    advice: ADVICE.highFailureRate,
    matches: (view) => {
      const writes = writesSeen(view);
      const attempted = writes.reduce((sum, one) => sum + one.attempted, 0);
      const failed = writes.reduce((sum, one) => sum + one.failed, 0);
      if (attempted < view.thresholds.minimumEvents || failed < attempted) return null;
      return {
        because: `Not one of the ${String(attempted)} writes made with dual-write on was copied: ${describeFailures(writes)}.`,
        proof: writes.flatMap((one) => one.proof),
      };
    },
  },
  {
    id: 'wrong-copy',
    symptom: 'A copy holds the wrong person, role, status or field',
    source: 'own',
    severity: 'HIGH',
    action: 'disable',
    urgency: 'Immediate',
    verdict: 'NO_GO',
    advice: ADVICE.rowsMissing,
    matches: (view) => {
      const wrong = copiesAfter(view).filter((one) => one.status === 'wrong' && one.confirmed);
      if (wrong.length === 0) return null;
      const examples = wrong.flatMap((one) =>
        one.differences
          .filter((difference) => difference.class !== 'missing-in-legacy')
          .slice(0, 3)
          .map(
            (difference) =>
              `${nameOfWrite(one.write)}, ${difference.row}: ${difference.class}${difference.field === null ? '' : ` in ${difference.field}`}, expected ${difference.expected ?? 'nothing'}, found ${difference.found ?? 'nothing'}`,
          ),
      );
      return {
        because: `The legacy tables hold something else than what was written, also on a second read: ${examples.join('; ')}.`,
        proof: wrong.map((one) => one.id),
      };
    },
  },
  {
    id: 'log-silent',
    symptom: 'Rows were copied, but the log does not say so',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ADVICE.notScheduled,
    matches: (view) => {
      const silent = logsAfter(view).filter(
        (one) =>
          // A soak check writes nothing by itself, so a silent log says nothing there.
          one.status === 'silent' &&
          one.write !== 'soak' &&
          one.write !== 'watch' &&
          copiesAfter(view).some((copy) => copy.write === one.write && copy.status === 'copied'),
      );
      if (silent.length === 0) return null;
      return {
        because: `No dual-write line was found for ${silent.map((one) => nameOfWrite(one.write)).join(', ')}, although the rows are right: a warning about the log, not about the copies.`,
        proof: silent.map((one) => one.id),
      };
    },
  },
];
