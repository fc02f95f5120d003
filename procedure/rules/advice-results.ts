import { disagreementText } from '../report-recount.js';
import { observationsOf, type Observation } from '../observations.js';
import { queriesOf } from '../query-counts.js';
import type { CheckedStep } from '../findings.js';
import { ADVICE } from './advice.js';

type Check = (observations: readonly Observation[]) => string | null;

/** The steps that need no person: each is answered from what the run observed, `null` = it was not observed. */
const CHECKS: readonly (readonly [step: string, check: Check])[] = [
  [ADVICE.notScheduled[0], flagsServed],
  [ADVICE.notScheduled[1], restarted],
  [ADVICE.rowsMissing[0], failuresLogged],
  [ADVICE.rowsMissing[3], reportRead],
  [ADVICE.highFailureRate[3], strictTried],
  [ADVICE.performance[1], hooksCounted],
  [ADVICE.performance[2], connectionsCounted],
];

/** The results of the mechanical steps of an advice (seed §10), in its order. Pure. */
export function checkedSteps(advice: readonly string[], observations: readonly Observation[]): CheckedStep[] {
  return advice.flatMap((step) => {
    const check = CHECKS.find(([known]) => known === step)?.[1];
    const result = check?.(observations) ?? null;
    return result === null ? [] : [{ step, result }];
  });
}

function newest<T extends { readonly at: string; readonly id: string }>(all: readonly T[]): T | undefined {
  return [...all].sort((one, other) => other.at.localeCompare(one.at) || one.id.localeCompare(other.id))[0];
}

function flagsServed(observations: readonly Observation[]): string | null {
  const read = newest(
    observationsOf(observations, 'serving-flags').filter(
      (one) => one.expected === 'enabled' && one.processes.length > 0,
    ),
  );
  if (read === undefined) return null;
  const values = read.processes.map(({ values }) => values.TEAM_VNEXT_DUAL_WRITE_ENABLED ?? 'absent');
  const told = [...new Set(values)].sort().join(', ');
  return `${String(values.length)} serving process(es) read at ${read.at}: ${told}`;
}

function restarted(observations: readonly Observation[]): string | null {
  const rollout = observationsOf(observations, 'rollout').find((one) => one.id === 'enable-rollout');
  if (rollout === undefined) return null;
  return rollout.status === 'complete'
    ? `the restart came to its end after ${String(Math.round(rollout.durationMs / 1000))} s, all processes replaced`
    : `the restart did not come to its end: ${rollout.reason ?? 'no reason known'}`;
}

function failuresLogged(observations: readonly Observation[]): string | null {
  const logs = observationsOf(observations, 'log').filter((one) => one.side === 'after');
  if (logs.length === 0) return null;
  const failed = logs.filter((one) => one.counts.failed > 0);
  const count = failed.reduce((sum, one) => sum + one.counts.failed, 0);
  const words = [...new Set(failed.flatMap((one) => one.reason ?? []))].sort()[0];
  return count === 0
    ? `none in the logs of ${String(logs.length)} steps`
    : `${String(count)} line(s) in the logs of ${String(failed.length)} step(s)${words === undefined ? '' : `: ${words}`}`;
}

function reportRead(observations: readonly Observation[]): string | null {
  const report = newest(
    observationsOf(observations, 'report').filter((one) => one.side === 'after' && one.status === 'read'),
  );
  if (report?.recount === undefined) return null;
  const { compared, disagreements } = report.recount;
  return disagreements.length === 0
    ? `run: ${String(compared)} of its numbers counted again, all agree`
    : `run: ${disagreements.map(disagreementText).join('; ')}`;
}

function strictTried(observations: readonly Observation[]): string | null {
  const flows = observationsOf(observations, 'flow').filter((one) => one.side === 'strict');
  if (flows.length === 0) return null;
  const told = [...flows]
    .sort((one, other) => one.flow - other.flow)
    .map((one) => `flow ${String(one.flow)} ${one.status}${one.reason === null ? '' : ` (${one.reason})`}`);
  return `the run did: ${told.join(', ')}`;
}

function hooksCounted(observations: readonly Observation[]): string | null {
  const counts = queriesOf(observations, 'after');
  if (counts === null || counts.operations.length === 0) return null;
  return counts.operations
    .map(
      (one) =>
        `${one.operation}: ${String(one.request)} queries in the request, ${one.commitHooks === null ? 'a commit hook failed' : `${String(one.commitHooks)} in ${String(one.hooks)} commit hook(s)`}`,
    )
    .join('; ');
}

function connectionsCounted(observations: readonly Observation[]): string | null {
  const counted = newest(
    observationsOf(observations, 'database').filter(
      (one) => one.connections !== null && one.usableConnections !== null,
    ),
  );
  return counted === undefined
    ? null
    : `${String(counted.connections)} of ${String(counted.usableConnections)} usable connections at ${counted.at}`;
}
